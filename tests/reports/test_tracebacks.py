"""Tracebacks of failed runs: one for each method and reason, on the page and nowhere interpreted."""

from pathlib import Path

from reports.page import page
from reports.tables import tables
from reports.tracebacks import tracebacks
from tests.reports.synthetic import store

TEXT = 'Traceback (most recent call last):\n  File "mine.py", line 3, in term_odd\nValueError: <b> & so\n'


def test_one_traceback_for_each_method_and_reason(tmp_path: Path) -> None:
    lost = {
        ("gan", seed): ("failed", "ValueError: <b> & so (in term_odd; mine.py line 3)") for seed in (1, 2)
    }
    lost[("aegan", 0)] = ("failed", "its worker died (signal 9)")
    lost[("aegan", 1)] = ("diverged", "rec_x not finite by step 20")
    made = store(tmp_path, seeds=(0, 1, 2), lost=lost, panels=False)
    assert tracebacks(made) == [], "a worker that died leaves none"
    failed = made.records[made.records["status"] == "failed"]
    for record in failed[failed["method"] == "gan"].itertuples():
        (tmp_path / "runs" / str(record.run) / "traceback.txt").write_text(TEXT)
    (found,) = tracebacks(made)
    assert found.title == "GAN, seed 1, and 1 more alike" and found.text == TEXT
    text = page(made, tables(made), {})
    assert (
        "Traceback of GAN, seed 1" in text
        and "ValueError: &lt;b&gt; &amp; so\n" in text
        and "<b> & so" not in text
    )
