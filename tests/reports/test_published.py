"""Published values: complete; claims judged."""

import dataclasses

from benchmarks.planning.preset import names
from benchmarks.planning.registry import METHODS, METRICS
from reports.claims import Claim, claims, judge
from reports.published import values
from reports.store import Store


def test_every_value_names_its_paper_and_source():
    assert len(values()) > 70
    for value in values():
        assert value.source in ("verified", "memory") and value.terms["paper"] and value.terms["table"]
        assert (value.k is None) != (value.value is None)
        assert value.terms.get("judged")
        assert value.terms.get("preset") in (None, *names()) and (value.margin or value.terms.get("missing"))


def test_claims_and_values_name_methods_and_metrics_that_exist():
    """A misspelt one would never be asked, unnoticed."""
    known = {f"{metric.name}.{value}" for metric in METRICS for value in metric.values}
    assert {c.metric for c in claims()} | {v.metric for v in values() if v.metric} <= known
    assert {name for c in claims() for name in (c.better, c.worse)} <= {*METHODS.names(), "dhash"}
    assert {v.method for v in values()} <= {*METHODS.names(), "dhash", "unrolled"}


def pick(protocol: str, method: str, metric: str):
    return next(v for v in values() if (v.protocol, v.method, v.metric) == (protocol, method, metric))


def test_some_values_as_printed():
    assert pick("lazarou2020", "gan", "collapse.collapsed").text == "6/6"
    assert pick("luo2017-table1", "inverse", "reconstruction.dhash_generated").value == 0.8266
    assert pick("luo2017-table2", "dhash", "luo.top1").value == 0.7483
    assert pick("sainburg2018", "gaia", "latent2d.pearson").value == 0.91
    assert pick("pacgan-grid", "pacgan2", "modes.covered").text == "23.8 ± 0.7"
    assert pick("veegan-ring", "gan", "modes.high_quality").value == 0.993


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
