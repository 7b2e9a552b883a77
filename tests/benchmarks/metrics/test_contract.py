"""What holds for every metric, found by looking into the registry: a new one needs no new test here."""

from typing import get_args

import numpy as np
import pytest

from benchmarks.evaluation.references import CEILINGS, MODELS
from benchmarks.metrics.base import Metric, Question, evaluate
from benchmarks.planning.registry import METRICS
from benchmarks.snapshots.snapshot import Data, Snapshot
from reports.style import OTHER, QUESTIONS
from tests.benchmarks import fakes
from tests.benchmarks.fakes import Linear, Translating

SHAPE = (3, 16, 16)
ELSEWHERE = (
    "modes",
    "stacked-modes",
    "whole-gallery",
    "elbo",
)  # of classes, or of an encoder that draws: not on discs
WITHOUT_CEILING = ("attributes", "elbo")  # real images have neither edits nor an encoder
ON_DISCS = [
    m.name for m in METRICS if not m.needs & {"points", "factors", "domains"} and m.name not in ELSEWHERE
]
ON_DOMAINS = [m.name for m in METRICS if "domains" in m.needs and not m.needs & {"points", "factors"}]


@pytest.mark.parametrize("name", METRICS.names())
def test_described_and_calibrated(name: str) -> None:
    metric = METRICS.get(name)
    assert metric.title and metric.values and metric.version >= 1
    assert set(metric.references) <= {*MODELS, "untrained"}
    assert set(metric.references) - set(CEILINGS), "no baseline"
    assert set(metric.references) & set(CEILINGS) or name in WITHOUT_CEILING, "no ceiling"


SECONDS = ("extractors", "nearest-sample")  # an ImageNet network, 100,000 samples


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] * (n in SECONDS)) for n in ON_DISCS]
)
def test_batch_sizes_do_not_matter_and_constants_are_no_error(name: str, discs: Data) -> None:
    metric = METRICS.get(name)
    results = [evaluate(metric, Snapshot(discs, Linear(SHAPE, batch=size))) for size in (7, 500)]
    assert [r.status for r in results] == ["ok", "ok"]
    one, two = (r.values for r in results)
    assert one == pytest.approx(two, rel=5e-3, abs=5e-3, nan_ok=True)
    dull = evaluate(metric, Snapshot(discs, Linear(SHAPE, constant=True))).values
    assert all(np.isfinite(v) for k, v in dull.items() if not np.isnan(one[k]))


@pytest.mark.parametrize("name", ON_DOMAINS)
def test_of_two_domains_too(name: str) -> None:
    """Discs beside discs: a metric of translations has numbers, whatever the batch and for constants."""
    metric = METRICS.get(name)
    found = []
    for options in ({"batch": 7}, {"batch": 500}, {"constant": True}):
        domains = fakes.data(n=40, second=fakes.data(n=40))
        model = Translating(SHAPE, can=("generate", "encode", "translate"), **options)
        found.append(evaluate(metric, Snapshot(domains, model)))
    assert [r.status for r in found] == ["ok"] * 3, found[0].reason
    one, two, dull = (r.values for r in found)
    assert (
        one == pytest.approx(two, rel=5e-3, abs=5e-3, nan_ok=True) and np.isfinite(list(one.values())).any()
    )
    assert all(np.isfinite(v) for k, v in dull.items() if not np.isnan(one[k]))


def test_the_report_has_a_section_for_every_question() -> None:
    """And for what shipped metrics answer, the section that results from before the field are sorted into."""
    assert {q.id for q in (*QUESTIONS, OTHER)} <= set(get_args(Question))
    for metric in METRICS:
        old = [q.id for q in QUESTIONS if metric.name in q.metrics]
        assert metric.question != "other" or not old
        assert not old or old == [metric.question], metric.name


def test_an_unknown_question_is_refused() -> None:
    with pytest.raises(ValueError, match="'new' answers no question 'beauty': known are collapse"):
        Metric("new", "New", frozenset(), {}, lambda s: {}, question="beauty")  # type: ignore[arg-type]
