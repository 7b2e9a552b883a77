"""Plugins: one from a file joins ours; one that cannot be used is named with its reason and leaves nothing behind."""

import re
from pathlib import Path

import pytest

from benchmarks.planning import plugins, preset, registry

README = Path(__file__).parents[3] / "README.md"
GOOD = """
from methods.base import Method, Role, Update
class Tiny(Method):
    name, title, paper, summary = "{name}", "Tiny", "none", "an autoencoder again"
    roles = {{"G": Role("producer", ("z",), "x"), "E": Role("producer", ("x",), "z")}}
    players = {{"GE": ("G", "E")}}
    weights = {{"rec_x": 1.0}}
    def cycle(self):
        return [Update({{"GE": ("{term}",)}}, stream="G", steps=1)]
"""


pytestmark = pytest.mark.usefixtures("own_plugins")


def write(folder: Path, text: str) -> str:
    path = folder / "mine.py"
    path.write_text(text)
    return str(path)


def test_a_file_joins(tmp_path: Path) -> None:
    assert plugins.load((write(tmp_path, GOOD.format(name="tiny", term="rec_x")),)) == []
    assert registry.METHODS.get("tiny").title == "Tiny"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import nothing_like_it", "No module named"),
        ("1/0", "ZeroDivisionError"),
        ("x = 1", "defines no method"),
        ("raise SystemExit(0)", "ends the program when it is read"),
        (GOOD.format(name="gan", term="rec_x"), "'gan' of bidigan_plugin_mine is registered already"),
        (GOOD.format(name="tiny", term="nope"), "term 'nope' has no term_nope"),
        (
            GOOD.format(name="tiny", term="rec_x").replace(", steps=1", ""),
            "training would never end: give G's update",
        ),
        (GOOD.format(name="pacgan2", term="rec_x"), "'pacgan2' is registered already, as a variant of 'gan'"),
        (GOOD.format(name="tiny", term="rec_x").replace('"Tiny"', '"PacGAN2"'), "has the title of 'pacgan2'"),
        ("PRESETS = '/not/there'", "PRESETS = '/not/there' is not a folder"),
        ("def (:", "SyntaxError: invalid syntax"),
    ],
)
def test_one_that_cannot_be_used_is_named_and_leaves_nothing(tmp_path: Path, text: str, reason: str) -> None:
    before = registry.METHODS.names()
    problems = plugins.load((write(tmp_path, text),))
    assert len(problems) == 1 and "mine.py" in problems[0] and reason in problems[0]
    assert registry.METHODS.names() == before


def test_presets_of_a_name_that_exists_are_refused(tmp_path: Path) -> None:
    (tmp_path / "quick.toml").write_text("")
    (problem,) = plugins.load((write(tmp_path, f"PRESETS = {str(tmp_path)!r}"),))
    assert "preset 'quick' exists already" in problem


def test_the_example_of_the_readme_trains(tmp_path: Path) -> None:
    """The plugin printed in the README runs beside ours and is in the table."""
    from benchmarks import results, run
    from tests.benchmarks import tiny

    example = next(
        t for t in re.findall(r"```python\n(.*?)```", README.read_text(), re.S) if "class LSGAN" in t
    )
    small = tiny.file(tmp_path)
    flags = ["--plugin", write(tmp_path, example), "--preset", str(small), "--out", str(tmp_path / "runs")]
    assert run.main([*flags, "--methods", "lsgan", "--seeds", "1", "--executor", "inprocess"]) == 0
    frame = results.load(tmp_path / "runs")
    assert set(frame[frame["kind"] == "method"]["method"]) == {"lsgan"}
    assert "LSGAN" in (tmp_path / "runs" / "report.html").read_text()


def test_an_installed_package_joins_by_its_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module named by an entry point may bring a data set, a metric, a family and presets, not only methods."""
    (tmp_path / "theirs.py").write_text(
        "import numpy as np\n"
        "from pathlib import Path\n"
        "from benchmarks.metrics.base import Metric, Value\n"
        "from datasets.base import Dataset, Split\n"
        "from methods.families.mlp import MLPFamily as Base\n"
        "PRESETS = Path(__file__).parent / 'presets'\n"
        "METRIC = Metric('mean-x', 'Mean', frozenset({'generate'}), {'mean': Value('Mean')},\n"
        "                lambda s: {'mean': float(s.x_gen.mean())})\n"
        "class Family(Base):\n"
        "    name = 'theirs'\n"
        "class Points(Dataset):\n"
        "    name, title, summary, version, kind = 'dot', 'A dot', 'one point', 1, 'points'\n"
        "    shape = (2,)\n"
    )
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / "dot.toml").write_text('extends = "smoke"\nsummary = "theirs"\n')
    about = tmp_path / "theirs-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[{plugins.GROUP}]\ntheirs = theirs\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(preset, "FOLDERS", list(preset.FOLDERS))
    assert plugins.load() == []
    assert "dot" in registry.DATASETS.names() and "theirs" in registry.FAMILIES.names()
    assert registry.METRICS.get("mean-x").values["mean"].title == "Mean"
    assert "dot" in preset.names() and preset.read("dot")["dataset"] == "toonfaces"
