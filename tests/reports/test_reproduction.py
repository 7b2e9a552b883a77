"""Verdicts on published values: every setting that differs is named, and intervals are those of independent computations."""

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from benchmarks import results
from reports import published
from reports.answer import reproduced
from reports.frames import Label
from reports.published import Published
from reports.reproduction import difference, judge
from reports.statistics import mean_interval, wilson
from reports.store import Store, View
from reports.tables.reproduction import reproduction, reproductions
from tests.reports.synthetic import store

PRESET = "pacgan2018-table1"
VALUE = Published(
    "pacgan-ring", "gan", "modes covered", "verified", "modes.covered", value=6.3, error=0.5, runs=10, samples=2500,
    terms={"paper": "P", "table": "T", "dataset": "ring8", "preset": PRESET, "margins": {"modes.covered": 2.0}},
)  # fmt: skip
STEPS = 400_000


def config(**changes: Any) -> dict[str, Any]:
    """The preset's own configuration of the ring with dotted keys changed."""
    made = next(part for part in results.settings(PRESET) if part["dataset"] == "ring8")
    for key, value in changes.items():
        *path, last = key.split("__")
        table = made
        for name in path:
            table = table[name]
        table[last] = value
    return made


def view(
    root: Path, own: dict[str, Any], values: tuple[float, ...], steps: int = STEPS, n: int = 2500
) -> View:
    """A store of GAN on the ring with these values of modes.covered."""

    def change(table: pd.DataFrame) -> pd.DataFrame:
        last = table["step"].max()
        rows = table[(table["metric"] == "fid.fid") & (table["step"] == last) & (table["kind"] == "method")]
        rows = rows.assign(
            metric="modes.covered", dataset="ring8", family="dense", step=steps, n=n, extractor=""
        )
        rows = rows.assign(value=[values[int(seed)] for seed in rows["seed"]])
        untrained = rows.head(1).assign(
            kind="baseline", method="untrained", run="untrained", step=0, value=UNTRAINED
        )
        return pd.concat([rows, untrained])

    made = store(root, ("gan",), seeds=range(len(values)), change=change, panels=False)
    (found,) = made.views
    about = {**found.about, "dataset": "ring8", "family": "dense", "config": own}
    made.meta["parts"] = [about]
    return Store.make(root, made.rows, made.records, made.meta, made.read_history, made.read_panels).views[0]


UNTRAINED = -13.7  # a tenth of the way to 6.3 is 2.0
CLOSE = (6.0, 6.5, 7.0, 6.2)


def test_at_its_protocol_a_value_agrees_differs_or_stays_open(tmp_path: Path) -> None:
    assert judge(VALUE, view(tmp_path / "a", config(), CLOSE)).kind == "agrees"
    assert judge(VALUE, view(tmp_path / "b", config(), (1.0, 1.1, 0.9, 1.0))).kind == "differs"
    narrow = dataclasses.replace(VALUE, terms={**VALUE.terms, "margins": {"modes.covered": 0.1}})
    found = judge(narrow, view(tmp_path / "c", config(), CLOSE))
    assert found.kind == "undecided" and "is not inside ± 0.1 (n = 4)" in found.reason
    memory = dataclasses.replace(VALUE, source="memory")
    assert judge(memory, view(tmp_path / "d", config(), CLOSE)).kind == "from memory"
    other = dataclasses.replace(VALUE, method="vae")
    assert judge(other, view(tmp_path / "e", config(), CLOSE)).kind == "not asked"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"batch": 64}, "batch 64, not 100"),
        ({"arch__width": 200}, "arch.width 200, not 400"),
        ({"optim__beta1": 0.5}, "optim.beta1 0.5, not 0.8"),
        ({"options__critic_updates": "joint"}, "options.critic_updates joint, not simultaneous"),
        ({"latent": 8}, "latent 8, not 2"),
        ({"data__n_train": 50_000}, "data.n_train 50000, not 100000"),
        ({"precision": "bf16"}, "precision bf16, not fp32"),
        ({"method": {"gan": {"weights": {"adv_x_gen": 2.0}}}}, "weights.adv_x_gen 2.0, not the default"),
        ({"optim__decay_from": 0.5, "optim__decay_to": 0.1}, "another schedule of the learning rate"),
        ({"optim__decay_at": [300_000]}, "another schedule of the learning rate"),
    ],
)
def test_every_setting_that_differs_is_named(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    found = judge(VALUE, view(tmp_path, config(**changes), CLOSE))
    assert (found.kind, found.reason) == ("not at its protocol", said)


def test_what_decides_no_number_is_no_difference(tmp_path: Path) -> None:
    own = config(
        seeds=[100, 101], evaluate=[STEPS], name="mine", compile="off", method={"aegan": {"steps": 3}}
    )
    assert judge(VALUE, view(tmp_path, own, CLOSE)).kind == "agrees"


def test_steps_and_samples_are_part_of_a_protocol(tmp_path: Path) -> None:
    found = judge(VALUE, view(tmp_path / "a", config(steps=5000), CLOSE, steps=5000))
    assert found.reason == "5,000 steps, not 400,000" and found.difference is not None
    found = judge(VALUE, view(tmp_path / "b", config(), CLOSE, n=1000))
    assert found.reason == "1,000 samples, not 2,500"


def test_the_samples_of_other_methods_do_not_count(tmp_path: Path) -> None:
    made = view(tmp_path, config(), CLOSE)
    own = made.store.rows
    label = pd.Series([Label("creswell")] * len(own), index=own.index, dtype=object)
    rows = pd.concat([own, own.assign(method="creswell", label=label, n=256, run="slow")])
    beside = dataclasses.replace(made.store, rows=rows, memo={}).views[0]
    assert set(beside.ok["n"]) == {256, 2500} and judge(VALUE, beside).kind == "agrees"


def test_a_value_inside_a_longer_run_is_judged_at_its_own_step(tmp_path: Path) -> None:
    """A rate that falls later on is no difference; one that has begun to fall is."""
    early = dataclasses.replace(VALUE, step=5000)
    shorter = config(steps=5000)
    assert judge(early, view(tmp_path / "a", shorter, CLOSE, steps=5000)).kind == "agrees"
    falling = config(steps=20_000, optim__decay_from=0.5, optim__decay_to=0.1)
    assert judge(early, view(tmp_path / "b", falling, CLOSE, steps=5000)).kind == "agrees"
    later = config(steps=20_000, optim__decay_at=[5000])
    assert judge(early, view(tmp_path / "d", later, CLOSE, steps=5000)).kind == "agrees"
    fell = config(steps=6000, optim__decay_from=0.5, optim__decay_to=0.1)
    assert "schedule" in judge(early, view(tmp_path / "c", fell, CLOSE, steps=5000)).reason


def test_another_family_is_named_without_its_keys(tmp_path: Path) -> None:
    found = judge(VALUE, view(tmp_path, config(family="mlp", arch={"width": 8}), CLOSE))
    assert found.reason == "family mlp, not dense"


def test_intervals_of_a_difference() -> None:
    """Welch's beside scipy's; a paper's single run varies as ours; one run of ours as theirs; nothing known is NaN."""
    x = np.array(CLOSE)
    theirs = np.array([6.0, 6.1, 5.2, 7.9, 6.4])
    given = dataclasses.replace(
        VALUE, value=float(theirs.mean()), error=float(theirs.std(ddof=1) / math.sqrt(5)), runs=5
    )
    found = difference(mean_interval(x), given)
    low, high = stats.ttest_ind(x, theirs, equal_var=False).confidence_interval()
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))
    single = difference(mean_interval(x), dataclasses.replace(VALUE, error=None, runs=1))
    half = stats.t.ppf(0.975, 3) * x.std(ddof=1) * math.sqrt(1 + 1 / 4)
    assert single.high - single.mean == pytest.approx(half)
    one = difference(mean_interval([6.0]), VALUE)
    half = stats.t.ppf(0.975, 9) * 0.5 * math.sqrt(10) * math.sqrt(1 + 1 / 10)
    assert one.high - one.mean == pytest.approx(half)
    assert not difference(mean_interval([6.0]), dataclasses.replace(VALUE, error=None)).known
    assert not difference(mean_interval(x), dataclasses.replace(VALUE, error=None, runs=None)).known
    alike = difference(mean_interval([8.0, 8.0, 8.0]), dataclasses.replace(VALUE, error=None, runs=5))
    assert not alike.known, "three equal values do not prove that all are"


def test_agreement_is_two_one_sided_tests(tmp_path: Path) -> None:
    """Independent: both one-sided Welch tests against the margin's ends have p < 5% exactly where the verdict is 'agrees'."""
    x = np.array(CLOSE)
    se = math.sqrt(x.var(ddof=1) / 4 + 0.25)
    freedom = se**4 / ((x.var(ddof=1) / 4) ** 2 / 3 + 0.25**2 / 9)
    gap = x.mean() - 6.3
    edge = max(stats.t.ppf(0.95, freedom) * se - gap, stats.t.ppf(0.95, freedom) * se + gap)
    for margin, kind in ((edge + 1e-6, "agrees"), (edge - 1e-6, "undecided")):
        value = dataclasses.replace(VALUE, terms={**VALUE.terms, "margins": {"modes.covered": margin}})
        ps = [stats.t.sf((gap + margin) / se, freedom), stats.t.cdf((gap - margin) / se, freedom)]
        assert (max(ps) < 0.05) == (kind == "agrees")
        assert judge(value, view(tmp_path / kind, config(), CLOSE)).kind == kind


def test_what_is_no_reproduction(tmp_path: Path) -> None:
    """Two runs; a margin wider than a tenth of what training changes; a value before training; a step that no run reached."""
    assert judge(VALUE, view(tmp_path / "a", config(), CLOSE[:2])).reason == "n = 2, no verdict below 3 runs"
    wide = dataclasses.replace(VALUE, terms={**VALUE.terms, "margins": {"modes.covered": 50.0}})
    assert judge(wide, view(tmp_path / "b", config(), CLOSE)).margin == pytest.approx((6.3 + 13.7) / 10)
    start = dataclasses.replace(VALUE, step=0)
    assert judge(start, view(tmp_path / "c", config(), CLOSE, steps=0)).kind == "untrained"
    assert (
        judge(dataclasses.replace(VALUE, step=1000), view(tmp_path / "d", config(), CLOSE)).kind
        == "not asked"
    )


def test_a_cap_bounds_the_interval() -> None:
    found = difference(mean_interval([24.0, 25.0, 25.0]), dataclasses.replace(VALUE, value=24.1), (0.0, 25.0))
    assert found.high == pytest.approx(0.9) and found.low < -0.5


def test_stores_at_one_protocol_are_pooled_in_any_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = view(tmp_path / "a", config(), CLOSE).store
    b = view(tmp_path / "b", config(), (1.0, 1.1, 0.9, 1.0)).store
    monkeypatch.setattr(published, "values", lambda: (VALUE,))
    frames = [t.frame for stores in ([a, b], [b, a]) if (t := reproductions(stores))]
    assert [f["ours"].tolist() for f in frames] == [[pytest.approx((25.7 + 4.0) / 8)]] * 2
    assert frames[0]["verdict"].tolist() == frames[1]["verdict"].tolist() == ["differs"]


def test_a_single_run_s_interval_holds_the_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three runs of ours against one of the same kind: 95 of 100 intervals hold 0."""
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(2000, 4))
    held = 0
    for row in draws:
        gap = difference(
            mean_interval(row[:3]), dataclasses.replace(VALUE, value=float(row[3]), error=None, runs=1)
        )
        held += gap.low <= 0 <= gap.high
    assert held / len(draws) == pytest.approx(0.95, abs=0.015)


def test_counts_have_newcombe_s_interval() -> None:
    value = dataclasses.replace(VALUE, value=None, error=None, k=6, n=6)
    found = difference(wilson(0, 6), value)
    assert found.mean == -1 and found.low == -1 and -0.5 < found.high < -0.3
    same = difference(wilson(6, 6), value)
    assert same.low < 0 < same.high


def test_the_table_and_the_collected_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two stores the one at the value's protocol is shown, with its hours."""
    at, off = view(tmp_path / "a", config(), CLOSE), view(tmp_path / "b", config(batch=64), CLOSE)
    monkeypatch.setattr(published, "values", lambda: (VALUE, dataclasses.replace(VALUE, method="vae")))
    table = reproduction(off)
    assert table is not None and table.frame["verdict"].tolist() == ["not at its protocol"]
    both = reproductions([off.store, at.store])
    assert both is not None and both.frame["verdict"].tolist() == ["agrees"] and both.head == "agrees 1"
    hours = at.store.records["wall_s"].sum() / 3600
    assert both.frame["hours"].tolist() == [pytest.approx(hours)]
    assert "P, T (1)" in both.notes[-1]


def test_the_reading_counts_what_came_out_at_its_own_protocol(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = dataclasses.replace(VALUE, step=1000)
    monkeypatch.setattr(published, "values", lambda: (VALUE, elsewhere))
    said = reproduced(view(tmp_path / "a", config(), CLOSE))
    assert said == "Of 1 published value asked at its own protocol, 1 agrees."
    assert reproduced(view(tmp_path / "b", config(batch=64), CLOSE)) == ""
