"""What data must be like to be measured: enough images, and not all the same."""

import math
from typing import Any

LEAST = 64  # samples to look at; with fewer no metric says anything
SMALLEST = 195  # images in all, at the best share


def samples(dataset: Any, asked: int) -> int:
    """Returns how many images the metrics can look at: as many test images, and twice as many for training. Raises ValueError."""
    train, test = (len(dataset.split(name)) for name in ("train", "test"))
    if test < LEAST or train < 2 * LEAST:
        raise ValueError(
            f"{dataset.name} has {train} training and {test} test samples: at least {2 * LEAST} and {LEAST} are needed"
            + _way_out(dataset, train, test)
        )
    return min(asked, test, train // 2)


def _way_out(dataset: Any, train: int, test: int) -> str:
    """Returns what decides the sizes: options of the data set."""
    total = train + test
    if dataset.options.get("validation"):
        return f"; validation images are a part of the training images, of which {6 * LEAST} are about enough"
    share = dataset.options.get("test_share")
    if share is None:
        wanted = (("n_train", train, 2 * LEAST), ("n_test", test, LEAST))
        return "".join(
            f"; raise data.{key}" for key, n, least in wanted if n < least and key in dataset.options
        )
    enough, best = (
        math.ceil(max(LEAST / share, 2 * LEAST / (1 - share)) - 1e-9),
        math.ceil(100 * LEAST / total) / 100,
    )
    decides = f"; data.test_share = {share:g} decides the split: "
    if round(best * total) >= LEAST and total - round(best * total) >= 2 * LEAST:
        return f"{decides}set it to {best:g}, or give {enough} images"
    return f"{decides}{enough} images are enough at {share:g}, {SMALLEST} at 0.34"


def require_variety(dataset: Any) -> None:
    """Raises ValueError where all samples are equal: no distance, diversity or density means anything then."""
    x = dataset.split("train").x
    if len(x) and all((x[i : i + 1024] == x[0]).all() for i in range(0, len(x), 1024)):
        raise ValueError(
            f"{dataset.name}: all {len(x):,} training samples are equal: look at the files, an export may have gone wrong"
        )


def large_batches(dataset: Any, batch: int) -> tuple[str, ...]:
    """Returns a note where a batch is more than all training samples."""
    n = len(dataset.split("train"))
    return (
        (f"batch = {batch:,}, and {n:,} training samples: a batch has some of them twice",)
        if batch > n
        else ()
    )
