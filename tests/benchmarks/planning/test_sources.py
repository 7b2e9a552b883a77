"""Code from outside is part of the name of what it made, and what it gets wrong is refused when it is loaded."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.planning import contract, plugins, registry
from benchmarks.planning.sources import code_of, source_of_file
from tests.benchmarks.planning.test_plugins import GOOD, write

pytestmark = pytest.mark.usefixtures("own_plugins")

PARTS = {
    "roles": 'roles = {"G": Role("producer", ("z",), "x"), "E": Role("producer", ("x",), "z")}',
    "weights": 'weights = {"rec_x": 1.0}',
    "cycle": 'return [Update({"GE": ("rec_x",)}, stream="G", steps=1)]',
    "more": "",
}
TEMPLATE = """
from methods.base import Method, Role, Update
class Tiny(Method):
    name, title, paper, summary = "tiny", "Tiny", "none", "an autoencoder again"
    {roles}
    players = {{"GE": ("G", "E")}}
    {weights}
    {more}
    def cycle(self):
        {cycle}
"""


@pytest.fixture
def importable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that modules are imported from."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if "helper" in name:
            del sys.modules[name]


def test_comments_do_not_count_and_anything_else_does(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("x = 1\ny = '# no comment'\n")
    first = source_of_file(path)
    path.write_text("# said\n\nx = 1  # here\ny = '# no comment'\n\n")
    assert source_of_file(path) == first
    assert code_of(path) == "x = 1\ny = '# no comment'"
    path.write_text("x = 2\ny = '# no comment'\n")
    assert source_of_file(path) != first
    (tmp_path / "elsewhere").mkdir()
    moved = path.rename(tmp_path / "elsewhere" / "b.py")
    moved.write_text("x = 1\ny = '# no comment'\n")
    assert source_of_file(moved) == first


def test_what_a_file_imports_from_outside_counts_too(importable: Path) -> None:
    (importable / "helper_one.py").write_text("import helper_two\nimport numpy, methods.base\n")
    (importable / "helper_two.py").write_text("SCALE = 1\n")
    path = importable / "mine.py"
    path.write_text(
        "def late():\n    from helper_one import helper_two\n    from helper_three.deep import x\n"
    )
    (importable / "helper_three").mkdir()
    (importable / "helper_three" / "__init__.py").write_text("raise SystemExit('nothing is run')\n")
    (importable / "helper_three" / "deep.py").write_text("x = 1\n")
    first = source_of_file(path)
    (importable / "helper_two.py").write_text("SCALE = 1000\n")
    second = source_of_file(path)
    (importable / "helper_three" / "deep.py").write_text("x = 2\n")
    assert len({first, second, source_of_file(path)}) == 3


def test_a_folder_of_helpers_needs_no_init(importable: Path) -> None:
    (importable / "helper_four").mkdir()
    (importable / "helper_four" / "nets.py").write_text("SCALE = 1\n")
    path = importable / "mine.py"
    path.write_text("from helper_four.nets import SCALE\n")
    first = source_of_file(path)
    (importable / "helper_four" / "nets.py").write_text("SCALE = -1\n")
    assert source_of_file(path) != first


def test_a_form_feed_is_no_line_end(tmp_path: Path) -> None:
    """What tokenize counts as a line is one here too: no code is taken for a comment."""
    sources = []
    for value in (2, 99):
        (tmp_path / "a.py").write_text(f"A = 1\n\x0c\n# said\nB = {value}  # here\n")
        sources.append(source_of_file(tmp_path / "a.py"))
    assert sources[0] != sources[1] and "B = 99" in code_of(tmp_path / "a.py")


def test_ours_have_no_source_and_theirs_have(tmp_path: Path) -> None:
    assert plugins.load((write(tmp_path, GOOD.format(name="tiny", term="rec_x")),)) == []
    (plugin,) = [each for each in plugins.loaded() if each.name == "mine.py"]
    assert registry.CLASSES.source("gan") == "" and registry.CLASSES.source("tiny") == plugin.source
    assert plugin.defines == {"method": ["tiny"]} and len(plugin.source) == 16


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"weights": 'weights = {"rec_x": 1.0, "sharp": 2.0}'}, "weight 'sharp' has no term_sharp"),
        ({"weights": 'weights = {"rec_x": 1.0, "rec_z": 2.0}'}, "weight 'rec_z' is in no update"),
        (
            {"cycle": 'return [Update({"GE": self.active("rec_x", "rec_z")}, stream="G", steps=1)]'},
            "no weight",
        ),
        ({"cycle": 'return [Update({"GE": ("rec_x", "rec_z")}, stream="G", steps=1)]'}, "trained on 'rec_z'"),
        (
            {"cycle": 'return [Update({"G": ("rec_x",)}, stream="G", steps=1)]'},
            "trains 'G', which is no player",
        ),
        (
            {"cycle": 'return [Update({"GE": (self.options["how"],)}, stream="G", steps=1)]'},
            "KeyError: 'how'",
        ),
        (
            {"roles": PARTS["roles"].replace("producer", "generator")},
            "role G is a 'generator': known are critic",
        ),
        ({"roles": PARTS["roles"].replace('("x",)', '("image",)')}, "role E is between 'image'"),
        ({"roles": PARTS["roles"].replace('("x",)', '"x"')}, "src is a tuple"),
        ({"roles": 'roles = {"G": Role("producer", ("z",), "x")}'}, "owns 'E', which is no role"),
        ({"more": 'options = {"rec_x": 3}'}, "'rec_x' is an option and a weight"),
        ({"more": 'choices = {"how": (1, 2)}'}, "choices of 'how', which is no option"),
        (
            {"more": 'options, choices = {"how": 3}, {"how": (1, 2)}'},
            "option how = 3 is not one of its choices",
        ),
    ],
)
def test_mistakes_are_refused_when_loaded(tmp_path: Path, changed: dict[str, str], reason: str) -> None:
    text = TEMPLATE.format(**{**PARTS, **changed})
    (problem,) = plugins.load((write(tmp_path, text),))
    assert reason in problem and "tiny" not in registry.METHODS.names()


def test_the_template_itself_is_sound(tmp_path: Path) -> None:
    assert plugins.load((write(tmp_path, TEMPLATE.format(**PARTS)),)) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("class D(Dataset):\n    name, summary, version = 'd', 's', 1", "data set d has no title"),
        (
            "class D(Dataset):\n    name, title, summary, version, kind = 'd', 't', 's', 1, 'sounds'",
            "kind 'sounds'",
        ),
        ("METRIC = Metric('m', 'M', frozenset(), {}, lambda s: {})", "metric m declares no value"),
        ("METRIC = Metric('m', 'M', frozenset(), {'v': Value('V', 'up')}, lambda s: {})", "better = 'up'"),
    ],
)
def test_other_kinds_are_checked_too(tmp_path: Path, text: str, reason: str) -> None:
    head = "from datasets.base import Dataset\nfrom benchmarks.metrics.base import Metric, Value\n"
    (problem,) = plugins.load((write(tmp_path, head + text + "\n"),))
    assert reason in problem


@pytest.mark.parametrize("cls", list(registry.CLASSES), ids=lambda cls: cls.name)
def test_our_methods_are_sound(cls: type) -> None:
    contract.check_method(cls)


def test_our_other_parts_are_sound() -> None:
    for dataset in registry.DATASETS:
        contract.check_dataset(dataset)
    for family in registry.FAMILIES:
        contract.check_family(family)
    for metric in registry.METRICS:
        contract.check_metric(metric)
