"""Plugins are found by looking; duplicates and unknown names are refused."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from benchmarks.planning.registry import (
    CLASSES,
    DATASETS,
    FAMILIES,
    METHODS,
    METRICS,
    Registry,
    literals,
    objects,
    subclasses,
    unknown,
)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package of plugins that nobody else has."""
    folder = tmp_path / "plugins_of_a_test"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "base.py").write_text("class Base:\n    pass\n")
    (folder / "one.py").write_text(
        "from plugins_of_a_test.base import Base\nclass One(Base):\n    name = 'one'\n"
    )
    (folder / "_two.py").write_text("raise RuntimeError('helpers are not looked at')\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield folder.name
    for module in [module for module in sys.modules if module.startswith(folder.name)]:
        del sys.modules[module]


def test_finds_named_subclasses(package: str) -> None:
    found: Registry[type] = Registry("thing", package, subclasses(f"{package}.base.Base"))
    assert found.names() == ["one"] and found.get("one").__name__ == "One"
    assert [item.__name__ for item in found] == ["One"]


def test_refuses_duplicates(package: str) -> None:
    found: Registry[type] = Registry("thing", package, subclasses(f"{package}.base.Base"))
    module = ModuleType("elsewhere")
    base = sys.modules.get(f"{package}.base") or __import__(f"{package}.base", fromlist=["Base"])
    vars(module)["Again"] = type("Again", (base.Base,), {"name": "one", "__module__": "elsewhere"})
    with pytest.raises(ValueError, match="thing 'one' of elsewhere is registered already"):
        found.add(module)
    vars(module)["Again"].name = "two"
    assert found.add(module) == ["two"] and found.names() == ["one", "two"]


def test_a_plugin_that_raises_is_named(package: str, tmp_path: Path) -> None:
    (tmp_path / package / "odd.py").write_text("raise RuntimeError('odd')\n")
    found: Registry[type] = Registry("thing", package, subclasses(f"{package}.base.Base"))
    for _ in range(2):  # a half-filled registry would hide it the second time
        with pytest.raises(ValueError, match=r"^plugins_of_a_test.odd cannot be loaded: RuntimeError: odd$"):
            found.names()


def test_collects_one_object_a_module() -> None:
    module = ModuleType("metric")
    assert list(objects("METRIC")(module)) == []
    vars(module)["METRIC"] = type("M", (), {"name": "m"})()
    assert [name for name, _ in objects("METRIC")(module)] == ["m"]


def test_unknown_names_come_with_the_nearest_and_all() -> None:
    assert str(unknown("fruit", "aple", ["pear", "apple"])) == (
        "unknown fruit 'aple': did you mean 'apple'? known are apple, pear"
    )
    assert str(unknown("fruit", "xyz", ["pear"])) == "unknown fruit 'xyz': known are pear"
    assert str(unknown("fruit", "xyz", [])) == "unknown fruit 'xyz': known are none"
    for registry, name in [
        (METHODS, "agean"),
        (DATASETS, "toonface"),
        (FAMILIES, "aegann"),
        (METRICS, "serch"),
    ]:
        with pytest.raises(ValueError, match=f"unknown .*'{name}': did you mean"):
            registry.get(name)


def test_lines_come_from_the_sources_until_something_is_imported(package: str, tmp_path: Path) -> None:
    (tmp_path / package / "one.py").write_text(
        "from plugins_of_a_test.base import Base\nclass One(Base):\n    name, summary = 'one', 'the first'\n"
        "class Helper:\n    name = 'no plugin: it has no line'\n"
    )
    (tmp_path / package / "odd.py").write_text(
        "import nowhere\nclass Odd:\n    name = 'odd'\n    summary = 's'\n"
    )
    found: Registry[type] = Registry("thing", package, subclasses(f"{package}.base.Base"))
    assert found.lines() == {"odd": "s", "one": "the first"}
    (tmp_path / package / "odd.py").unlink()
    module = ModuleType("elsewhere")
    base = __import__(f"{package}.base", fromlist=["Base"]).Base
    vars(module)["New"] = type("New", (base,), {"name": "new", "summary": "n", "__module__": "elsewhere"})
    found.add(module)
    assert found.lines() == {"new": "n", "one": "the first"}


def test_strings_of_a_file() -> None:
    text = "class A:\n    a, b = 'x', 'y'\n    c = 1\n    d: str\nM = Metric(name='m', n=2)\nN = 3\n"
    assert [each for each in literals(text) if each] == [{"a": "x", "b": "y"}, {"name": "m"}]


@pytest.mark.parametrize("registry", [METHODS, DATASETS, FAMILIES, METRICS], ids=lambda r: type(r).__name__)
def test_what_the_sources_say_is_what_is_registered(registry: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    of_classes = CLASSES if registry is METHODS else registry
    loaded = {item.name: getattr(item, of_classes.line) for item in registry}
    monkeypatch.setattr(of_classes, "_items", None)
    assert registry.lines() == loaded


def test_a_variant_is_its_method_with_other_data() -> None:
    for name in METHODS.names():
        entry = METHODS.get(name)
        assert entry.name == name and entry.title and entry.summary and entry.paper, name
        assert set(entry.weights) == set(entry.cls.weights), name
        assert entry.cls.name in CLASSES.names()
        assert set(entry.options) == {*entry.cls.common, *entry.cls.options}, name
