"""Published values: complete, and their verdicts computed."""

import dataclasses

import pytest

from reports.claims import Claim, claims, judge
from reports.published import mismatch, observed, values, verdict
from reports.statistics import mean_interval, wilson
from reports.store import Store


def test_every_value_names_its_paper_and_source():
    assert len(values()) > 70
    for value in values():
        assert value.source in ("verified", "memory") and value.terms["paper"] and value.terms["table"]
        assert (value.k is None) != (value.value is None)
        assert value.terms.get("judged")
    assert {"higher", "lower"}.isdisjoint({c.better for c in claims()})


def pick(protocol: str, method: str, metric: str):
    return next(v for v in values() if (v.protocol, v.method, v.metric) == (protocol, method, metric))


def test_what_facts_says():
    assert pick("lazarou2020", "gan", "collapse.collapsed").text == "6/6"
    assert pick("luo2017-table1", "inverse", "reconstruction.dhash_generated").value == 0.8266
    assert pick("luo2017-table2", "dhash", "luo.top1").value == 0.7483
    assert pick("sainburg2018", "gaia", "latent2d.pearson").value == 0.91
    assert pick("pacgan-grid", "pacgan2", "modes.covered").text == "23.8 ± 0.7"
    assert pick("veegan-ring", "gan", "modes.high_quality").value == 0.993


def test_another_protocol_is_not_comparable_and_says_why():
    value = pick("lazarou2020", "gan", "collapse.collapsed")
    ours = {"dataset": "toonfaces", "size": 16, "steps": 1500, "batch": 16, "criterion": "computed"}
    found = verdict(value, wilson(6, 6), ours)
    assert found.kind == "not comparable"
    assert (
        "16 px, not 64" in found.reason
        and "1,500 steps, not 300,000" in found.reason
        and "batch" not in found.reason
    )


WHOLE = {
    "dataset": "ring8", "samples": 2500, "networks": "PacGAN's", "optimiser": "adam 1e-4 0.8", "batch": 100,
    "steps": 400_000, "estimator": "modes",
}  # fmt: skip


def test_the_same_protocol_is_compared():
    value = pick("pacgan-ring", "gan", "modes.covered")  # 6.3 ± 0.5
    value = dataclasses.replace(value, terms={**value.terms, **WHOLE})
    assert mismatch(value, WHOLE) == []
    assert verdict(value, mean_interval([6.0, 6.5, 7.0, 6.2]), WHOLE).kind == "agrees"
    assert verdict(value, mean_interval([1.0, 1.1, 0.9, 1.0]), WHOLE).kind == "differs"
    assert verdict(value, mean_interval([6.0]), WHOLE).kind == "undecided"
    assert verdict(value, None, WHOLE).kind == "not asked"
    assert verdict(value, mean_interval([6.0, 6.5, 7.0]), {"dataset": "ring8"}).kind == "not comparable"
    assert mismatch(value, {**WHOLE, "networks": "mlp"}) == ["networks mlp, not PacGAN's"]


@pytest.mark.parametrize("key", [name for name in WHOLE if name != "dataset"])
def test_a_field_left_open_is_no_verdict(key: str):
    value = pick("pacgan-ring", "gan", "modes.covered")
    terms = {name: v for name, v in {**value.terms, **WHOLE}.items() if name != key}
    found = verdict(dataclasses.replace(value, terms=terms), mean_interval([6.0, 6.5, 7.0, 6.2]), WHOLE)
    assert found.kind == "not stated" and found.reason


def test_a_value_from_memory_or_without_its_runs_is_no_verdict():
    value = pick("pacgan-ring", "gan", "modes.covered")
    value = dataclasses.replace(value, terms={**value.terms, **WHOLE})
    here = mean_interval([6.0, 6.5, 7.0, 6.2])
    assert verdict(dataclasses.replace(value, source="memory"), here, WHOLE).kind == "not stated"
    assert verdict(dataclasses.replace(value, runs=None), here, WHOLE).reason == "runs"


def test_counts_are_compared_by_fisher():
    value = dataclasses.replace(pick("lazarou2020", "gan", "collapse.collapsed"), terms={})
    assert verdict(value, wilson(6, 6), {}).kind == "agrees"
    assert verdict(value, wilson(0, 6), {}).kind == "differs"


def test_claims_hold_fail_or_stay_open(quick: Store):
    view = quick.views[0]
    claim = Claim("p", "t", "x", "collapse.collapsed", better="aegan", worse="gan")
    assert judge(claim, view).kind == "holds"
    assert judge(dataclasses.replace(claim, better="gan", worse="aegan"), view).kind == "opposite"
    assert judge(dataclasses.replace(claim, better="bigan"), view).kind == "not asked"
    fid = dataclasses.replace(claim, metric="fid.fid", step=200)
    assert judge(fid, view).kind == "holds"
    assert "step 123" in judge(dataclasses.replace(fid, step=123), view).reason
    against = Claim("p", "t", "x", "search.top1", better="aegan", worse="pixels")
    found = judge(against, view)  # a baseline row is a constant
    assert found.kind == "undecided" and "spread over queries was not stored" in found.reason


@pytest.mark.parametrize("key", ["dataset", "size", "steps", "batch", "samples"])
def test_a_store_tells_its_protocol(quick: Store, key: str):
    found = observed(quick.views[0], "collapse.collapsed")
    assert (
        found[key] == {"dataset": "toonfaces", "size": 16, "steps": 1500, "batch": 16, "samples": 1000}[key]
    )
