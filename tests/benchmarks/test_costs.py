"""What metrics cost is read off the runs' own files."""

import json
from pathlib import Path

import pandas as pd
import pytest

from benchmarks import costs


def test_shares_are_of_the_training_of_the_same_runs(tmp_path: Path) -> None:
    records = pd.DataFrame(
        {
            "run": ["a", "b", "c"],
            "method": ["gan", "gan", "theirs"],
            "status": ["ok", "failed", "ok"],
            "wall_s": [40.0, 7.0, float("nan")],  # the last was trained elsewhere
        }
    )
    records.to_parquet(tmp_path / "records.parquet")
    folder = tmp_path / "runs" / "a" / "metrics"
    folder.mkdir(parents=True)
    for step in (4, 8):
        (folder / f"{step}-fid-x.json").write_text(
            json.dumps({"key": {"metric": "fid"}, "rows": [], "seconds": 2.0})
        )
    made = costs.table(tmp_path)
    assert "| `fid` | 2.00, 10.0 % |" in made and "| all together | 10.0 % |" in made
    assert "theirs" not in made and "nan" not in made


def test_a_folder_without_results_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert costs.main([str(tmp_path)]) == 2
    assert "holds no results" in capsys.readouterr().err
