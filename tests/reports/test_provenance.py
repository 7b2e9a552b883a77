"""What runs were made with stands in the head of their tables; where they differ, with how many each."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from reports.store import Store
from reports.tables import tables
from reports.tables.provenance import made_with
from tests.reports.synthetic import write

SEEDS = (0, 1, 2)


def made(tmp_path: Path, **columns: Any) -> tuple[Store, str]:
    """A store of three runs whose records have these columns too; what a head says of them."""
    folder = write(tmp_path, methods=("gan",), seeds=SEEDS, panels=False)
    records = pd.read_parquet(folder / "records.parquet")
    records.assign(**columns).to_parquet(folder / "records.parquet")
    store = Store.open(folder)
    return store, " · ".join(filter(None, made_with(store, set(store.records["run"]))))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({}, "torch 2.15.0, torch-fidelity 0.4.0 · revision 0123456789ab"),
        (
            {"torch": "2.11.0+cpu", "ImageHash": "4.3", "revision": "abc+"},
            "torch 2.11.0, torch-fidelity 0.4.0, ImageHash 4.3 · revision abc+",
        ),
        (
            {"torch": ["2.11.0+cpu", "2.15.0", "2.15.0"], "revision": ["abc", "abc", "def"]},
            "torch 2.11.0+cpu (1 run) and 2.15.0 (2 runs), torch-fidelity 0.4.0 · revision abc (2 runs) and def (1 run)",
        ),
        (
            {"torch-fidelity": ["0.4.0", "", "0.4.0 / 0.5.0"]},
            "torch 2.15.0, torch-fidelity 0.4.0 (1 run) and 0.4.0 / 0.5.0 (1 run) and not recorded (1 run) · "
            "revision 0123456789ab",
        ),
        (
            {"device": ["x86_64", "NVIDIA H100", "x86_64"]},
            "torch 2.15.0, torch-fidelity 0.4.0 · revision 0123456789ab · devices NVIDIA H100 (1 run) and x86_64 (2 runs)",
        ),
        (
            {"device": ["x86_64", "", "x86_64"], "torch": ["2.15.0", "", "2.15.0"], "status": ["ok", "stopped", "ok"]},
            "torch 2.15.0, torch-fidelity 0.4.0 · revision 0123456789ab",
        ),
        (
            {"device": ["x86_64", "", "x86_64"], "execution": ["eager", "foreign", "eager"]},
            "torch 2.15.0, torch-fidelity 0.4.0 · revision 0123456789ab",
        ),
        ({"torch": "2.11.0+cpu then 2.15.0+cpu"}, "torch 2.11.0 then 2.15.0, torch-fidelity 0.4.0 · revision 0123456789ab"),
    ],
)  # fmt: skip
def test_the_head_says_what_runs_were_made_with(columns: dict[str, Any], said: str, tmp_path: Path) -> None:
    assert made(tmp_path, **columns)[1] == said


def test_every_table_of_values_has_it(tmp_path: Path) -> None:
    store, said = made(tmp_path, torch=["2.11.0", "2.15.0", "2.15.0"])
    heads = {name: table.head for name, table in tables(store).items() if name != "runs"}
    assert heads and all("torch 2.11.0 (1 run) and 2.15.0 (2 runs)" in head for head in heads.values()), heads
    assert said.startswith("torch 2.11.0 (1 run)")
    assert set(tables(store)["runs"].frame["torch"]) == {"2.11.0", "2.15.0"}
