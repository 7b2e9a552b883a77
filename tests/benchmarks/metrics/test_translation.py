"""Translation against closed forms: with a reader that knows the factors, and with known changes of pixels."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from benchmarks.evaluation.references import references, snapshot
from benchmarks.metrics import translation
from benchmarks.metrics._domains import constant, truth
from benchmarks.metrics._factor_reader import Reader, trivial
from benchmarks.metrics.base import evaluate
from benchmarks.metrics.translation import METRIC
from benchmarks.snapshots.snapshot import Data, Snapshot, quantise
from datasets.toonfaces import FACTOR_NAMES, FACTORS, Toonfaces, render
from tests.benchmarks import fakes

HAIR, SKIN = FACTOR_NAMES.index("hair_colour"), FACTOR_NAMES.index("skin")
N = 64


def two(cache: Path, first: str, other: str) -> Data:
    made = (Toonfaces(cache, size=16, n_train=200, n_test=N, fixed=fixed) for fixed in (first, other))
    a, b = (Data.of(each, n=N) for each in made)
    return Data(a.train, a.test, name="toonfaces", n=N, second=b)


@pytest.fixture
def hair(cache: Path) -> Data:
    return two(cache, "hair_colour=black", "hair_colour=blond")


class Edit:
    """A translator that edits factors: it knows each image's, and draws it again with `change` made."""

    can, untrained, latent = frozenset({"translate"}), None, 0

    def __init__(self, data: Data, change: Callable[[np.ndarray, str], np.ndarray]) -> None:
        assert data.second is not None
        self.change, self.factors = change, {}
        for each in (data, data.second):
            self._learn(each.factors("test", N))

    def _learn(self, rows: np.ndarray) -> Tensor:
        x = torch.from_numpy(render(rows, 16)).permute(0, 3, 1, 2).contiguous()
        self.factors |= {image.numpy().tobytes(): row for image, row in zip(x, rows, strict=True)}
        return x

    def read(self, x: Tensor) -> np.ndarray:
        return np.stack([self.factors[image.numpy().tobytes()] for image in x])

    def translate(self, x: Tensor, to: str) -> Tensor:
        return self._learn(self.change(self.read(quantise(x)), to)).float() / 255


def measured(
    data: Data, monkeypatch: pytest.MonkeyPatch, change: Callable[[np.ndarray, str], np.ndarray]
) -> dict[str, float]:
    """The metric of such a translator, read by one who knows."""
    model = Edit(data, change)
    reader = Reader(torch.nn.Identity(), dict.fromkeys(FACTOR_NAMES, 0.0))  # type: ignore[arg-type]
    object.__setattr__(reader, "read", model.read)
    monkeypatch.setattr(translation, "whole", lambda _: reader)
    return METRIC.compute(Snapshot(data, model))  # type: ignore[arg-type]


def put(rows: np.ndarray, **values: float) -> np.ndarray:
    rows = rows.copy()
    for name, value in values.items():
        rows[:, FACTOR_NAMES.index(name)] = value
    return rows


def test_the_true_translation(hair: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    found = measured(hair, monkeypatch, lambda rows, to: put(rows, hair_colour=2 if to == "x2" else 0))
    change = found.pop("change_l1")
    assert change > 0.01
    assert found == {"attribute": 1, "kept": 1, "truth_l1": 0, "untouched_l1": 0, "cycle_l1": 0,
                     "attribute_to_x2": 1, "attribute_to_x": 1}  # fmt: skip


def test_no_translation(hair: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    found = measured(hair, monkeypatch, lambda rows, to: rows)
    assert found == {"attribute": 0, "kept": 1, "truth_l1": 1, "untouched_l1": 0, "cycle_l1": 0, "change_l1": 0,
                     "attribute_to_x2": 0, "attribute_to_x": 0}  # fmt: skip


def test_more_than_the_attribute(hair: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every face gets the mean skin as well: one other factor of 28 is lost, and the cycle does not come home."""
    middle = float(np.mean([hair.factors("test", N)[:, SKIN].mean()]))
    found = measured(
        hair, monkeypatch, lambda rows, to: put(rows, hair_colour=2 if to == "x2" else 0, skin=middle)
    )
    assert found["attribute"] == 1
    assert found["kept"] == pytest.approx(1 - 1 / (len(FACTORS) - 1), abs=2e-3)
    assert found["truth_l1"] > 0.2 and found["untouched_l1"] > 0.01 and found["cycle_l1"] > 0.01


def test_one_way_only(hair: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    found = measured(hair, monkeypatch, lambda rows, to: put(rows, hair_colour=2))
    assert (found["attribute_to_x2"], found["attribute_to_x"], found["attribute"]) == (1, 0, 0.5)
    assert found["truth_l1"] == pytest.approx(0.5)


@pytest.mark.slow
def test_pixels_by_hand(hair: Data) -> None:
    """A translator that darkens by a tenth, back by nothing: means over both ways of what numpy says."""
    darker = fakes.Linear((3, 16, 16), can=("translate",))
    darker.translate = lambda x, to: 0.9 * x if to == "x2" else x  # type: ignore[attr-defined]
    s = Snapshot(hair, darker)  # type: ignore[arg-type]
    assert hair.second is not None
    a, b = (each.images("test", N).numpy() / 255.0 for each in (hair, hair.second))
    dark_a, dark_b = (np.rint(0.9 * 255 * x) / 255 for x in (a, b))
    cycle = (np.abs(dark_a - a).mean() + np.abs(dark_b - b).mean()) / 2
    found = METRIC.compute(s)
    assert found["cycle_l1"] == pytest.approx(cycle, abs=1e-3)
    assert found["change_l1"] == pytest.approx(np.abs(dark_a - a).mean() / 2, abs=1e-3)


@pytest.mark.slow
def test_where_the_truth_is_known(cache: Path) -> None:
    """All faces to blond ones: forth is known, back is not, since any hair colour could have been."""
    data = two(cache, "", "hair_colour=blond")
    forth = truth(data, "x2")
    assert forth is not None and forth.changed == (HAIR,) and truth(data, "x") is None
    assert (forth.factors[:, HAIR] == 2).all()
    assert constant(np.array([[1.0, 2.0], [1.0, 3.0]])) == {0: 1.0}
    found = METRIC.compute(snapshot("identity", data))
    assert "attribute_to_x" not in found and found["attribute"] == found["attribute_to_x2"]


def test_an_error_over_the_best_constant_answer() -> None:
    skin, hair = FACTORS[SKIN], FACTORS[HAIR]
    true = np.array([0.0, 1.0, 0.0, 1.0])
    assert trivial(np.full(4, 0.5), true, skin) == pytest.approx(1) and trivial(true, true, skin) == 0
    assert trivial(np.array([0, 0, 0, 1.0]), np.array([0, 0, 1.0, 2.0]), hair) == pytest.approx(1)
    assert np.isnan(trivial(np.zeros(4), np.zeros(4), hair))


@pytest.mark.slow
def test_references_calibrate(hair: Data) -> None:
    """With the real reader: the counterpart changes the attribute, the unchanged image does not; both keep as much."""
    found = {name: (kind, result.values) for name, kind, result in references(METRIC, hair)}
    assert {name: kind for name, (kind, _) in found.items()} == {
        "identity": "baseline",
        "counterpart": "ceiling",
    }
    same, true = found["identity"][1], found["counterpart"][1]
    assert true["attribute"] > 0.6 and same["attribute"] < 0.3
    assert true["kept"] == pytest.approx(same["kept"], abs=0.05) and true["kept"] > 0.2
    assert (same["truth_l1"], true["truth_l1"], same["cycle_l1"], true["cycle_l1"]) == (1, 0, 0, 0)


def test_data_without_factors_have_cycles_only(discs: Data) -> None:
    """Two domains whose truth nobody knows: no counterpart, and values of pixels alone."""
    data = Data(
        discs.train, discs.test, name="discs", n=N, second=Data(discs.train, discs.test, name="discs", n=N)
    )
    ((name, _, result),) = references(METRIC, data)
    assert name == "identity" and {k for k, v in result.values.items() if v == v} == {"cycle_l1", "change_l1"}


def test_skipped_without_a_second_domain(discs: Data) -> None:
    assert evaluate(METRIC, snapshot("identity", discs)).reason == "the plan has no second image domain"
    plain = Snapshot(discs, fakes.Linear((3, 16, 16)))
    assert evaluate(METRIC, plain).reason == "the method does not translate between two image domains"
