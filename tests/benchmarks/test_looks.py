"""--seeds auto: looks that stop where the question is answered, say what was seen, and go on with the same command."""

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks import results
from benchmarks.commands import looks
from benchmarks.planning.preset import Question
from benchmarks.run import main
from reports.sequential import levels
from tests.benchmarks import tiny

ASKED = Question(metric="fid.fid", better="aegan", worse="gan")


pytestmark = pytest.mark.usefixtures("instant_estimate")


def call(folder: Path, *more: str) -> int:
    flags = ["--preset", str(tiny.file(folder)), "--out", str(folder / "runs"), "--executor", "inprocess"]
    flags += ["--methods", "ae,aegan", "--metrics", "reconstruction", "--steps", "4"]
    return main([*flags, "--seeds", "auto", *more])


@pytest.mark.parametrize(
    ("ps", "code", "seen"),
    [
        ([0.001], 0, [3]),
        ([0.5, 0.01], 0, [3, 6]),
        ([0.03, 0.04, 0.04], 0, [3, 6, 12]),  # below 5% at every look, and answered at none
        ([float("nan"), 0.001], 0, [3, 6]),
        ([0.5], 3, []),
    ],
)
def test_it_stops_where_the_look_s_level_is_reached(ps: list[float], code: int, seen: list[int]) -> None:
    left, performed = list(ps), list[int]()

    def perform(seeds: int) -> int:
        performed.append(seeds)
        return code

    found, ended = looks.follow(levels(looks.LOOKS), perform, lambda: (-1.0, left.pop(0)), lambda look: None)
    assert [look.seeds for look in found] == seen and ended == code
    assert performed == (seen or [3])


def test_other_sources_of_variance_are_no_side_of_a_question(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They stand in tables of their own, so that no look could answer it."""
    question = [
        "--vary",
        "init,order,noise",
        "--vary",
        "init",
        "--question",
        "reconstruction.l1:ae · vary=init:aegan",
    ]
    assert call(tmp_path, *question, "--dry-run") == 2
    assert "ae · vary=init varies other sources than the plain runs" in capsys.readouterr().err


def test_what_was_seen_is_said_in_a_line() -> None:
    assert looks.told(ASKED, looks.Look(6, -31.2, 0.004, 0.02)) == (
        "look at 6 seeds: fid.fid of aegan minus gan -31.2, p = 0.004 against 0.02 at this look: answered: aegan is better"
    )
    assert looks.told(ASKED, looks.Look(6, 3, 0.004, 0.02)).endswith("answered: gan is better")
    assert looks.told(ASKED, looks.Look(3, 3, float("nan"), 0.02)).endswith(
        "no test against 0.02 at this look: not answered"
    )


@pytest.mark.slow
def test_the_command_stops_early_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(looks, "LOOKS", (3, 4))
        assert call(tmp_path, "--question", "reconstruction.l1:ae:aegan") == 0
        said = capsys.readouterr().out
        assert "question: is ae better than aegan by reconstruction.l1? looks: 3 seeds at p <= 0.0" in said
        lines = [line for line in said.splitlines() if line.startswith("look at")]
        frame = results.load(tmp_path / "runs")
        seeds = frame.loc[frame["kind"] == "method", "seed"].nunique()
        assert seeds == (3 if "answered: " in lines[0] else 4) and len(lines) == (1 if seeds == 3 else 2)
        notes = results.meta(tmp_path / "runs")["notes"]
        assert lines[-1] in notes and looks.CAVEAT in notes
        assert looks.CAVEAT in (tmp_path / "runs/report.html").read_text()
        stamps = {p: p.stat().st_mtime_ns for p in tmp_path.glob("runs/runs/*/record.json")}
        assert call(tmp_path, "--question", "reconstruction.l1:ae:aegan") == 0
        assert stamps == {p: p.stat().st_mtime_ns for p in tmp_path.glob("runs/runs/*/record.json")}
        assert [line for line in capsys.readouterr().out.splitlines() if line.startswith("look at")] == lines


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ([], "asks no question: add --question METRIC.VALUE:BETTER:WORSE"),
        (["--question", "fid.fid"], "--question fid.fid: write METRIC.VALUE:BETTER:WORSE"),
        (["--question", "reconstruction.l2:ae:aegan"], "value of reconstruction"),
        (["--question", "reconstruction.sharpness:ae:aegan"], "neither direction"),
        (
            ["--question", "search.top1:ae:aegan"],
            "search is not among the metrics of this plan (reconstruction)",
        ),
        (["--question", "reconstruction.l1:ae:gan"], "method of this plan 'gan'"),
        (["--question", "reconstruction.l1:ae:ae"], "asked against itself"),
        (["--question", "reconstruction.l1:ae:aegan", "--profile"], "takes a number of --seeds"),
        (["--question", "reconstruction.l1:ae:aegan", "--force"], "takes a number of --seeds"),
        (["--question", "reconstruction.l1:ae:aegan", "--seeds", "3"], "is for --seeds auto"),
        (["--seeds", "3", "--force", "--time-limit", "9m"], "give one of the two"),
    ],
)
def test_bad_input_is_one_line(
    flags: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(tmp_path, *flags) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1 and said in error, error
    assert not list(tmp_path.glob("runs/runs/*"))


def test_the_preset_s_own_question(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = '{ metric = "reconstruction.l1", better = "aegan", worse = "ae" }'
    assert call(tmp_path, "--set", f"question={asked}", "--dry-run") == 0
    assert "is aegan better than ae by reconstruction.l1?" in capsys.readouterr().out


def test_what_a_command_does_once_is_not_done_at_every_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One time limit for all looks, one unpacking and one download; the report is shown, and packed, after the last."""
    given, shown = list[tuple[object, ...]](), list[int]()

    class Ended:
        def show(self, report: object) -> None:
            shown.append(len(given))

    def plan(args: Namespace, argv: list[str], show: Callable[[Ended], None], deadline: float) -> int:
        given.append((args.seeds, args.unpack, args.download, deadline))
        show(Ended())
        return 0

    monkeypatch.setattr("benchmarks.run.run_plan", plan)
    monkeypatch.setattr(looks, "record", lambda out, lines: None)
    monkeypatch.setattr("reports.render", lambda out: None)
    view = SimpleNamespace(at=lambda metric: {})
    monkeypatch.setattr("reports.store.Store.open", lambda out: SimpleNamespace(views=[view]))
    archive = tmp_path / "runs.tar"
    more = ["--time-limit", "9m", "--unpack", str(archive), "--download"]
    assert call(tmp_path, "--question", "reconstruction.l1:ae:aegan", *more) == 0
    seeds, unpacked, downloads, deadlines = zip(*given, strict=True)
    assert seeds == ("3", "6", "12") and shown == [3]
    assert unpacked == (archive, None, None) and downloads == (True, False, False)
    assert len(set(deadlines)) == 1 and isinstance(deadlines[0], float)
