"""Collapse: closed forms, ceilings, the verdict on degraded real data, and the committed calibration."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.evaluation.references import Real, references
from benchmarks.metrics import _collapse_rule
from benchmarks.metrics._numerics import hashes, real_scale
from benchmarks.metrics.base import evaluate
from benchmarks.metrics.collapse import METRIC, dhash_diversity
from benchmarks.snapshots.snapshot import Data, Snapshot, unit
from datasets.toonfaces import Toonfaces
from tests.benchmarks.fakes import data


class Showing(Real):
    """Samples are the given images."""

    def __init__(self, d: Data, x: torch.Tensor) -> None:
        super().__init__(d)
        self.shown = x

    def latents(self, n: int, rng: torch.Generator) -> torch.Tensor:
        return unit(self.shown).flatten(1)[torch.arange(n) % len(self.shown)]


def verdict(d: Data, x: torch.Tensor) -> dict[str, float]:
    return METRIC.compute(Snapshot(d, Showing(d, x)))


def test_real_against_real_is_at_its_ceiling(discs: Data) -> None:
    found = {name: r.values for name, _, r in references(METRIC, discs)}
    assert found["real"]["vendi_ratio"] == pytest.approx(1, abs=0.1)
    assert found["real"]["sharpness"] == pytest.approx(1, abs=0.4)  # discs vary
    assert found["real"]["dhash_diversity"] == pytest.approx(1, abs=0.05)
    assert found["real"]["collapsed"] == found["real"]["blurred"] == 0


def test_a_constant_sample_is_one_image(discs: Data) -> None:
    found = verdict(discs, discs.images("train", 1))
    real = found["vendi_ratio"] * real_scale(discs)["vendi"]
    assert real == pytest.approx(1) and found["dup"] == 1 and found["dhash_diversity"] == 0


def test_the_verdict_on_few_images_and_on_blurred_ones(discs: Data) -> None:
    few = verdict(discs, _collapse_rule.repeated(discs, discs.n // 20, draw=1000))
    many = verdict(discs, _collapse_rule.repeated(discs, discs.n // 5, draw=1000))
    limit = _collapse_rule.thresholds(discs)
    haze = verdict(discs, _collapse_rule.blurred(discs, 1.5 * limit["sigma"]))
    assert (few["collapsed"], few["blurred"]) == (1, 0)
    assert (many["collapsed"], many["blurred"]) == (0, 0)
    assert (haze["collapsed"], haze["blurred"]) == (0, 1)


def test_dhash_diversity_is_the_mean_over_pairs() -> None:
    d = data(30)
    x = d.images("test", 30)
    bits = hashes(x)
    pairs = [(bits[i] != bits[j]).mean() for i in range(30) for j in range(30) if i != j]
    assert dhash_diversity(x) == pytest.approx(np.mean(pairs), rel=1e-12)


def test_thresholds_are_deterministic_and_cached(tmp_path: Path) -> None:
    one, two = _collapse_rule.thresholds(data(50)), _collapse_rule.thresholds(data(50, cache=tmp_path))
    assert one == two == json.loads(next(tmp_path.rglob("thresholds.json")).read_text())


def test_the_search_for_thresholds_says_how_far_it_is(tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    fresh = data(50, cache=tmp_path)
    _collapse_rule.thresholds(fresh, lambda *told: heard.append(told))
    sets = _collapse_rule.DRAWS + _collapse_rule.HALVINGS
    assert heard == [(done, sets) for done in range(1, sets + 1)]
    heard.clear()
    _collapse_rule.distinct_curve(fresh, lambda *told: heard.append(told))
    assert heard[-1] == (5 * len(_collapse_rule.SHARES),) * 2
    heard.clear()
    _collapse_rule.thresholds(data(50, cache=tmp_path), lambda *told: heard.append(told))
    assert heard == []


def test_needs_a_generator(discs: Data) -> None:
    class Encoder(Real):
        can = frozenset({"encode"})

    result = evaluate(METRIC, Snapshot(discs, Encoder(discs)))
    assert (result.status, result.reason, result.values) == ("skipped", "the method has no generator", {})


def test_the_committed_calibration_is_of_these_faces(toons: Data) -> None:
    committed = json.loads(_collapse_rule.FILE.read_text())
    for size in (16, 32, 64):
        entry = committed[f"toonfaces-v{Toonfaces.version}-{size}x{size}-n1000-rule{_collapse_rule.VERSION}"]
        shares = [point["vendi_ratio"] for point in entry["share"]]
        blurs = [point["vendi_ratio"] for point in entry["blur"]]
        assert shares == sorted(shares) and blurs == sorted(
            blurs, reverse=True
        )  # monotone: the rule is not degenerate
    data = Data(toons.train, toons.test, name="toonfaces", version=Toonfaces.version)
    found = _collapse_rule.thresholds(data)
    assert found == committed[_collapse_rule.name_of(data)]["thresholds"]
    again = _collapse_rule.vendi_ratio(data, _collapse_rule.repeated(data, 100, draw=7))
    assert again == pytest.approx(found["vendi_ratio"], rel=0.02)


def test_restricted_faces_have_thresholds_of_their_own(toons: Data) -> None:
    """Faces of one hair colour are less diverse than all: what is known of all says nothing of them."""
    whole, black = (
        Data(toons.train, toons.test, name="toonfaces", version=Toonfaces.version, restricted=fixed)
        for fixed in ("", "hair_colour=black")
    )
    committed = json.loads(_collapse_rule.FILE.read_text())
    assert _collapse_rule.name_of(whole) in committed
    assert _collapse_rule.name_of(black) not in committed
