"""Modes: the papers' rules in closed form, the classifier's count, and reasons to skip."""

import math

import numpy as np
import pytest
import torch

from benchmarks.evaluation.references import references
from benchmarks.metrics._mixture import mixture
from benchmarks.metrics._numerics import joint, reverse_kl
from benchmarks.metrics.base import evaluate
from benchmarks.metrics.modes import METRIC
from benchmarks.snapshots import convnet, extractors
from benchmarks.snapshots.extractors import Classifier, Extractor
from benchmarks.snapshots.snapshot import Data, Snapshot
from datasets.base import Split
from datasets.mixtures import Ring8
from tests.benchmarks.fakes import Linear, data, split

RING = Ring8.modes


def ring(n: int) -> Data:
    rng = np.random.default_rng(0)
    x = [RING[rng.integers(8, size=k)] + 0.01 * rng.normal(size=(k, 2)) for k in (6000, 500)]
    train, test = (Split(x=points.astype(np.float32)) for points in x)
    return Data(train, test, name="ring8", kind="points", n=n, modes=RING, mode_std=0.01)


def test_two_modes_and_one_stray_point() -> None:
    x = torch.from_numpy(np.stack([RING[0], RING[0] + 0.02, RING[3], RING[5] + 0.2]))
    found = mixture(x, RING, 0.01)
    assert found["covered"] == 2 and found["high_quality"] == 0.75
    p = np.array([2, 1, 1]) / 4
    assert found["reverse_kl"] == pytest.approx(math.log(8) + (p * np.log(p)).sum())


def test_points_of_many_coordinates_and_another_reach() -> None:
    """Distances over all coordinates: 0.1 on each of 9 axes is 0.3 away."""
    modes = np.stack([np.zeros(9), np.full(9, 5.0)])
    x = torch.from_numpy(np.stack([modes[0] + 0.1, modes[1] - 0.1, modes[1] - 0.2]))
    near, far = mixture(x, modes, 0.1, 2.9), mixture(x, modes, 0.1, 3.1)
    assert near["covered"] == 0 and near["high_quality"] == 0
    assert far["covered"] == 2 and far["high_quality"] == pytest.approx(2 / 3)
    train, test = (Split(x=np.repeat(modes.astype(np.float32), n, 0)) for n in (300, 100))
    d = Data(train, test, name="wide", kind="points", n=100, modes=modes, mode_std=0.1, reach=3.1)
    assert evaluate(METRIC, Snapshot(d, Linear((9,)))).status == "ok"


def test_real_points_are_at_the_known_ceiling() -> None:
    d = ring(500)
    found = {name: r.values for name, _, r in references(METRIC, d, Linear((2,)))}
    assert found["real"]["covered"] == 8
    assert found["real"]["high_quality"] == pytest.approx(1 - math.exp(-4.5), abs=0.008)
    assert found["real"]["reverse_kl"] < 0.01
    assert found["mean-image"]["high_quality"] == 0 and found["mean-image"]["reverse_kl"] == pytest.approx(
        math.log(8)
    )
    assert METRIC.n(Snapshot(d, Linear((2,)))) == 2500


def test_reverse_kl_of_equal_and_of_disjoint_counts() -> None:
    assert reverse_kl(np.array([5, 5]), np.array([1, 1])) == 0
    assert reverse_kl(np.array([5, 0]), np.array([0, 1])) == pytest.approx(-math.log(1e-12))


def test_joint_counts_stacked_digits_in_base_ten() -> None:
    row = np.zeros((1, 30))
    row[0, [3, 10 + 2, 20 + 7]] = 1
    assert joint(row, "channels").tolist() == [3 + 20 + 700]


@pytest.mark.parametrize(("kind", "labels", "classes"), [("classes", 4, 4), ("channels", 6, 8)])
def test_by_classifier(kind: str, labels: int, classes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convnet, "LEAST", 80)
    base = split(400, seed=1)
    truth = np.asarray(base.labels)
    columns = [truth[:, j] if b else 1 - truth[:, j] for j in range(3) for b in (0, 1)]
    if kind == "classes":
        columns = list(np.eye(4, dtype=np.uint8)[truth[:, 0] + 2 * truth[:, 1]].T)
    made = Split(
        x=base.x, labels=np.stack(columns, 1), label_kind=kind, label_names=tuple(map(str, range(labels)))
    )
    d = Data(made, made, name="discs", n=40)
    net = extractors.train_classifier(made)
    assert isinstance(net, Classifier)
    info = extractors.accuracies(net, made, made)
    assert info["accuracy"] > info["chance"] + 0.1 and len(info["labels"]) == labels
    d.extractor = Extractor("domain", "", net, info)
    found = {name: r.values for name, _, r in references(METRIC, d)}
    assert found["real"]["covered"] >= classes - 1 and found["real"]["reverse_kl"] < 0.3
    assert found["mean-image"]["covered"] == 1
    assert math.isnan(found["real"]["high_quality"])


def test_skips(discs: Data) -> None:
    points = Data(
        Split(x=np.zeros((20, 2), np.float32)),
        Split(x=np.zeros((20, 2), np.float32)),
        name="p",
        kind="points",
    )
    assert (
        evaluate(METRIC, Snapshot(points, Linear((2,)))).reason
        == "the points are not a mixture of known modes"
    )
    assert evaluate(METRIC, Snapshot(discs, Linear((3, 16, 16)))).reason == "the images have no classes"
    assert evaluate(METRIC, Snapshot(data(20), Linear((3, 16, 16)))).status == "skipped"
