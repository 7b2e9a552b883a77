"""Too few images: the line says what decides how many there are, and what would be enough."""

from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.planning.sizes import LEAST, SMALLEST, samples


def dataset(train: int, test: int, **options: Any) -> Any:
    """Something with two splits."""
    sizes = {"train": range(train), "test": range(test)}
    return SimpleNamespace(name="folder", options=options, split=sizes.__getitem__)


@pytest.mark.parametrize(
    ("train", "test", "options", "said"),
    [
        (
            270,
            30,
            {"test_share": 0.1},
            "data.test_share = 0.1 decides the split: set it to 0.22, or give 640 images",
        ),
        (90, 10, {"test_share": 0.1}, "640 images are enough at 0.1, 195 at 0.34"),
        (60, 240, {"test_share": 0.8}, "set it to 0.22, or give 640 images"),
        (100, 10, {"n_train": 100, "n_test": 10}, "raise data.n_train; raise data.n_test"),
    ],
)
def test_what_decides_is_said(train: int, test: int, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=f"has {train} training and {test} test samples") as error:
        samples(dataset(train, test, **options), 1000)
    assert str(error.value).endswith(said)


def test_what_is_said_is_enough() -> None:
    for total in (SMALLEST, 300, 640):
        share = 0.34 if total == SMALLEST else 0.22 if total == 300 else 0.1
        test = round(share * total)
        assert samples(dataset(total - test, test, test_share=share), 1000) >= LEAST
