"""What there is: methods, data sets, metrics, families and presets, found by looking into their folders.

Layer 0 holds no registry code: a plugin is a file that defines a class (a metric: an object). Nothing is
registered twice, and an unknown name lists the known ones and the nearest.
"""

import ast
import difflib
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar

T = TypeVar("T")


def unknown(kind: str, value: object, known: Iterable[str]) -> ValueError:
    """Returns the error for a name that is not known: the value, the nearest known one, and all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(str(value), names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return ValueError(f"unknown {kind} {str(value)!r}: {hint}known are {', '.join(names) or 'none'}")


class Registry(Generic[T]):
    """The plugins of one kind, imported from a package on first use."""

    def __init__(
        self,
        kind: str,
        package: str,
        collect: Callable[[ModuleType], Iterable[tuple[str, T]]],
        line: str = "summary",
    ) -> None:
        """line: the attribute that says in one line what a plugin is."""
        self.kind, self.package, self.line, self._collect = kind, package, line, collect
        self._items: dict[str, T] | None = None
        self._sources: dict[str, str] = {}

    def _load(self) -> dict[str, T]:
        if self._items is None:
            self._items = {}
            for name in self._files():
                self._add_file(f"{self.package}.{name}")
        return self._items

    def _files(self) -> dict[str, Path]:
        """Returns the package's modules that may define plugins: name -> source."""
        (folder,) = importlib.import_module(self.package).__path__
        names = sorted(info.name for info in pkgutil.iter_modules([folder]) if not info.ispkg)
        return {name: Path(folder, f"{name}.py") for name in names if not name.startswith("_")}

    def _add_file(self, module: str) -> None:
        try:
            self.add(importlib.import_module(module))
        except Exception as error:
            self._items = None  # half of the plugins would be worse than none
            raise ValueError(f"{module} cannot be loaded: {type(error).__name__}: {error}") from error

    def add(self, module: ModuleType) -> list[str]:
        """Registers everything of this kind that `module` defines; the names found. Raises ValueError for a duplicate."""
        items, found = self._load(), dict[str, T]()
        for name, item in self._collect(module):
            if not re.fullmatch(r"[a-z0-9][a-z0-9_+-]*", name):  # it becomes part of files' names
                raise ValueError(f"{self.kind} {name!r}: a name has lower-case letters, digits, -, _ and +")
            if name in items or name in found:
                raise ValueError(f"{self.kind} {name!r} of {module.__name__} is registered already")
            found[name] = item
        items.update(found)
        return list(found)

    def remove(self, names: Iterable[str]) -> None:
        """Takes back what `add` registered."""
        for name in names:
            self._load().pop(name, None)
            self._sources.pop(name, None)

    def mark(self, names: Iterable[str], source: str) -> None:
        """Notes that these come from outside, from code with this hash."""
        self._sources |= dict.fromkeys(names, source)

    def source(self, name: str) -> str:
        """Returns the hash of the code that a plugin comes from; "" for ours, whose versions say what they are."""
        return self._sources.get(name, "")

    def names(self) -> list[str]:
        return sorted(self._load())

    def lines(self) -> dict[str, str]:
        """Name -> a line, sorted: read from the sources while nothing is imported, since torch alone takes a second."""
        if self._items is None:
            found = [each for path in self._files().values() for each in literals(path.read_text())]
            made = {each["name"]: each[self.line] for each in found if {"name", self.line} <= each.keys()}
        else:
            made = {name: getattr(item, self.line) for name, item in self._items.items()}
        return dict(sorted(made.items()))

    def get(self, name: str) -> T:
        """Returns the plugin of that name. Raises ValueError naming the known ones."""
        items = self._load()
        if name not in items:
            raise unknown(self.kind, name, items)
        return items[name]

    def __iter__(self) -> Iterator[T]:
        return iter([self._load()[name] for name in self.names()])


def literals(source: str) -> Iterator[dict[str, str]]:
    """Yields the strings that each top-level class (by attribute) and call (by keyword) of a file is given."""
    for node in ast.parse(source).body:
        pairs: list[tuple[str, ast.expr]] = []
        if isinstance(node, ast.ClassDef):
            pairs = [pair for each in node.body if isinstance(each, ast.Assign) for pair in _pairs(each)]
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            pairs = [(str(keyword.arg), keyword.value) for keyword in node.value.keywords]
        yield {k: v.value for k, v in pairs if isinstance(v, ast.Constant) and isinstance(v.value, str)}


def _pairs(node: ast.Assign) -> list[tuple[str, ast.expr]]:
    """Returns names and values of `a = 1` and of `a, b = 1, 2`."""
    target, value = node.targets[0], node.value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return [(ast.unparse(k), v) for k, v in zip(target.elts, value.elts, strict=False)]
    return [(ast.unparse(target), value)]


def subclasses(base: str) -> Callable[[ModuleType], Iterable[tuple[str, Any]]]:
    """Collects the named subclasses of `base` ("package.module.Class") that a module defines itself."""
    package, _, attribute = base.rpartition(".")

    def collect(module: ModuleType) -> Iterable[tuple[str, Any]]:
        root = getattr(importlib.import_module(package), attribute)
        item: Any
        for _, item in inspect.getmembers(module, inspect.isclass):
            if issubclass(item, root) and item.__module__ == module.__name__ and "name" in vars(item):
                yield item.name, item

    return collect


def objects(attribute: str) -> Callable[[ModuleType], Iterable[tuple[str, Any]]]:
    """Collects a module's one object of the given name (a metric's METRIC)."""

    def collect(module: ModuleType) -> Iterable[tuple[str, Any]]:
        if hasattr(module, attribute):
            item = getattr(module, attribute)
            yield item.name, item

    return collect


CLASSES: Registry[Any] = Registry("method", "methods", subclasses("methods.base.Method"))
FAMILIES: Registry[Any] = Registry("family", "methods.families", subclasses("methods.families.base.Family"))
DATASETS: Registry[Any] = Registry("data set", "datasets", subclasses("datasets.base.Dataset"))
METRICS: Registry[Any] = Registry("metric", "benchmarks.metrics", objects("METRIC"), line="title")


@dataclass(frozen=True)
class Entry:
    """A method as people name it: a class, or a variant of one that differs in data only."""

    name: str
    cls: Any
    title: str
    paper: str
    summary: str
    weights: dict[str, float]
    options: dict[str, Any]
    recommended: Mapping[str, Any] = field(default_factory=dict)  # its own, never what it inherits


class Methods:
    """Every method and variant by name."""

    def names(self) -> list[str]:
        return sorted([*CLASSES.names(), *self.variants()])

    def lines(self) -> dict[str, str]:
        """Name -> a line, sorted."""
        variants = {name: variant.summary for name, variant in self.variants().items()}
        return dict(sorted({**CLASSES.lines(), **variants}.items()))

    def get(self, name: str) -> Entry:
        """Returns the method of that name. Raises ValueError naming the known ones."""
        variant = self.variants().get(name)
        if variant is None and name not in CLASSES.names():
            raise unknown("method", name, self.names())
        cls = CLASSES.get(variant.of if variant else name)
        options = {**cls.common, **cls.options}
        if variant is None:
            own = vars(cls).get("recommended", {})  # a subclass has another paper
            return Entry(name, cls, cls.title, cls.paper, cls.summary, dict(cls.weights), options, own)
        weights, options = {**cls.weights, **variant.weights}, {**options, **variant.options}
        title, paper, own = variant.title, variant.paper, variant.recommended
        return Entry(name, cls, title, paper, variant.summary, weights, options, own)

    def __iter__(self) -> Iterator[Entry]:
        return iter([self.get(name) for name in self.names()])

    def variants(self) -> dict[str, Any]:
        """Returns what differs from a class in data only, by name."""
        return importlib.import_module("methods.variants").VARIANTS


METHODS = Methods()
