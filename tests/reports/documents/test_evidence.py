"""What the documents repeat of the committed results: nothing is left out because an earlier preset said something else."""

import json
from pathlib import Path

import pytest

from reports.documents import evidence, reproduced

HEAD = "claim,paper,where,metric,better,worse,verdict,evidence\n"


def publish(root: Path, name: str, seeds: list[int], verdict: str) -> None:
    """One preset with one claim."""
    folder = root / name
    folder.mkdir()
    part = {
        "dataset": "toonfaces", "title": "Toonfaces", "options": {"size": 16}, "family": "aegan",
        "config": {"seeds": seeds, "steps": 1500},
    }  # fmt: skip
    (folder / "meta.json").write_text(json.dumps({"parts": [part]}))
    row = f"GAN collapses,L,4.1,collapse.collapsed,aegan,gan,{verdict},{len(seeds)} seeds\n"
    (folder / "claims.csv").write_text(HEAD + row)


def test_a_question_to_other_seeds_is_told_whatever_came_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim that six seeds leave undecided is listed too, although fourteen other seeds of an earlier preset say 'holds'."""
    monkeypatch.setattr(evidence, "PUBLISHED", tmp_path)
    monkeypatch.setattr(
        evidence, "tables_of", lambda folder: {p.name: p.read_text() for p in folder.glob("*.csv")}
    )
    publish(tmp_path, "lazarou2020-quick-fresh-seeds", list(range(106, 120)), "holds")
    publish(tmp_path, "lazarou2020-mini", list(range(100, 106)), "undecided")
    publish(tmp_path, "lazarou2020-quick", list(range(100, 106)), "undecided")
    publish(tmp_path, "scorecard", [100, 101, 102], "undecided")
    publish(tmp_path, "one-seed", [7], "holds")
    assert [(each.preset, each.row["verdict"]) for each in evidence.answers()] == [
        ("lazarou2020-quick-fresh-seeds", "holds"),
        ("lazarou2020-mini", "undecided"),
    ]
    publish(tmp_path, "another", [100, 101, 200], "opposite")
    assert "another" in [each.preset for each in evidence.answers()], "one seed of it is new"


def test_the_count_of_agreements_says_what_weakens_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reproduced, "rows", list)
    assert reproduced.reproduced() == ""
    lines = [
        "P,m,a,untrained,0,3",
        "P,m,a,agrees,25,3",
        "P,m,a,agrees,25,3",
        "P,m,b,differs,25,3",
        "P,m,c,undecided,25,2",
        "P,m,d,not at its protocol,25,3",
    ]
    head = ("paper", "method", "metric", "verdict", "step", "n")
    made = [dict(zip(head, line.split(","), strict=True)) for line in lines]
    monkeypatch.setattr(reproduced, "rows", lambda: made)
    said = reproduced.reproduced()
    assert "Of 3 published values of trained networks" in said, (
        "an untrained one is none, and one quantity counts once"
    )
    assert (
        "1 agrees, 1 differs and 1 is undecided" in said
        and "1 of the undecided for want of a third run" in said
    )
