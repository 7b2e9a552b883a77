"""What tuning gave: each method's gain on fresh seeds is one of several tests, and the p says so."""

import json
from pathlib import Path

import pytest
from scipy import stats

from reports.store import Store
from reports.tables.tuning import tuning
from tests.reports.synthetic import write

METHODS = ("gan", "aegan", "aae")


def test_gains_are_corrected_over_the_methods_that_were_tuned(tmp_path: Path) -> None:
    arms = {method: ("", "tuned") for method in METHODS}
    root = write(tmp_path, METHODS, variants=arms, panels=False)
    meta = json.loads((root / "meta.json").read_text())
    trial = {"trial": 0, "state": "complete", "score": 100.0, "chosen": {"lr": 1e-4}}
    meta["tuning"] = {
        "metric": "fid.fid", "better": "lower", "budget": 1, "seeds": [0], "fresh": [100, 105],
        "trials": [trial | {"method": method} for method in METHODS],
        "chosen": dict.fromkeys(METHODS, 0), "spaces": {"gan": {"lr": "5e-05 to 0.002, log"}},
    }  # fmt: skip
    (root / "meta.json").write_text(json.dumps(meta))
    (view,) = Store.open(root).views
    table = tuning(view)
    assert table is not None and "Holm-corrected over the 3 methods" in table.notes[1]
    found, values = table.frame.set_index("method"), view.at("fid.fid")
    raw = {
        m: stats.ttest_rel(list(values[f"{m} · tuned"].values()), list(values[m].values())).pvalue
        for m in METHODS
    }
    smallest = min(raw, key=lambda m: raw[m])
    assert found.loc[smallest, "gain p"] == pytest.approx(raw[smallest])
    assert found.loc[smallest, "gain p_holm"] == pytest.approx(min(1, 3 * raw[smallest]))
