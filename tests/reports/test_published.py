"""Published values: complete; claims judged."""

import dataclasses

import numpy as np
from scipy import stats

from benchmarks.planning.preset import names
from benchmarks.planning.registry import METHODS, METRICS
from reports.claims import Claim, claims, concluded, judge, unlike_published
from reports.published import FILE, Verdict, values
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


def test_a_claim_of_counts_is_put_to_each_half_as_published(quick: Store):
    """AEGAN in GAN's place does not collapse here, where Lazarou's GAN did 6 times of 6."""
    view = quick.views[0]
    own = view.at("collapse.collapsed")["aegan"]
    k, n = int(sum(own.values())), len(own)
    said = unlike_published(dataclasses.replace(claims()[0]), k, n, "AEGAN")
    p = stats.fisher_exact([[k, n - k], [6, 0]]).pvalue
    assert p < 0.05 and said == f"; AEGAN {k}/{n} here against 6/6 published (p = {p:.2g})"
    assert (
        unlike_published(claims()[0], 0, 20, "GAN") == "; GAN 0/20 here against 6/6 published (p = 4.3e-06)"
    )
    assert unlike_published(claims()[0], 6, 6, "GAN") == ""
    tested = Verdict("tested", "counts", 1.0, 0.0, (20, 20), unseen=True)
    assert concluded(tested, 1.0, 1).kind == "not seen here"
    assert concluded(dataclasses.replace(tested, unseen=False), 1.0, 1).kind == "undecided"


def test_sainburg_s_distances_are_pooled_over_their_five_sets():
    """An independent t interval of all differences of the published store."""
    made = Store.open(FILE.parent / "published" / "sainburg2018-mini")
    claim = next(c for c in claims() if c.metric == "latent2d.pearson")
    gaps = [
        v.at(claim.metric)["gaia"][s] - v.at(claim.metric)["ae"][s]
        for v in made.views
        for s in (100, 101, 102)
    ]
    low, high = stats.ttest_1samp(gaps, 0).confidence_interval()
    found = [judge(claim, view) for view in made.views]
    assert len({each.reason for each in found}) == 1 and {each.kind for each in found} == {"holds"}
    assert f"{np.mean(gaps):+.3g} [{low:+.3g}, {high:+.3g}], n = 15" in found[0].reason
