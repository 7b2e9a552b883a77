"""Methods that share one trained generator are one contestant wherever only the generator is measured."""

import dataclasses
import json
from pathlib import Path

import pandas as pd
import pytest

from reports.collapses import collapsed
from reports.store import Store
from reports.tables.collapse import collapse
from reports.tables.order import order
from reports.tables.summary import summary
from tests.reports.synthetic import write


def twins(table: pd.DataFrame) -> pd.DataFrame:
    """AAE gets GAN's samples, as an inverse generator over GAN's G has; one of its runs is lost."""
    table = table.copy()
    of_samples = table["metric"].str.startswith(("collapse.", "fid."))
    base = table[of_samples & (table["method"] == "gan")].set_index(["seed", "step", "metric"])["value"]
    for i in table.index[of_samples & (table["method"] == "aae")]:
        row = table.loc[i]
        table.loc[i, "value"] = base[row["seed"], row["step"], row["metric"]]
    return table[(table["method"] != "aae") | (table["seed"] != 5)]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Store:
    root = write(tmp_path_factory.mktemp("shared"), ("gan", "aegan", "aae"), change=twins, panels=False)
    meta = json.loads((root / "meta.json").read_text())
    meta["methods"]["aae"]["generator"] = "gan"
    (root / "meta.json").write_text(json.dumps(meta))
    return Store.open(root)


def test_a_generator_is_not_tested_against_itself(shared: Store, tmp_path: Path):
    (view,) = shared.views
    table = collapse(view)
    assert table is not None
    cells = {row[0].value: row for _, row in table.rows()}
    p = table.columns.index("p against GAN")
    assert cells["aae"][p].value is None and cells["aae"][p].detail == "the generator of GAN"
    assert cells["aegan"][p].value is not None
    assert "Holm's family: 1 against GAN" in table.notes[0] and "one contestant" in table.notes[0]
    assert "the samples of AAE are those of GAN" in collapsed(view) and "AAE in " not in collapsed(view)
    apart = Store.open(write(tmp_path, ("gan", "aegan", "aae"), change=twins, panels=False))
    other = collapse(apart.views[0])
    assert other is not None and "Holm's family: 2 against GAN" in other.notes[0], "not said to share: two"


def test_it_is_ordered_once(tmp_path: Path):
    """Kendall's tau over two names of one generator would count one agreement twice."""
    root = write(tmp_path, ("gan", "aegan", "bigan", "aae"), change=twins, panels=False)
    meta = json.loads((root / "meta.json").read_text())
    meta["methods"]["aae"]["generator"] = "gan"
    (root / "meta.json").write_text(json.dumps(meta))
    made = Store.open(root)
    own = made.rows[made.rows["metric"] == "fid.fid"]
    rows = pd.concat([made.rows, own.assign(extractor="random")])
    table = order(dataclasses.replace(made, rows=rows, memo={}).views[0])
    assert (
        table is not None
        and table.frame["methods"].tolist() == [3]
        and table.frame["tau"].tolist() == pytest.approx([1])
    )
    assert "AAE" not in str(next(iter(table.rows()))[1][-1].text)


def test_its_column_has_one_row_that_is_tested(shared: Store):
    (view,) = shared.views
    table = summary(view)
    assert table is not None
    row = next(cells for _, cells in table.rows() if cells[0].value == "aae")
    shown = dict(zip(table.columns, (cell.detail for cell in row), strict=True))
    fid = next(detail for title, detail in shown.items() if title.startswith("FID"))
    own = next(detail for title, detail in shown.items() if title.startswith("L1"))
    assert fid == "the generator of GAN" and own.startswith("[")
