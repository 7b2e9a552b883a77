"""What there is: methods, data sets, metrics, families and presets, found by looking into their folders.

Layer 0 holds no registry code: a plugin is a file that defines a class (a metric: an object). Nothing is
registered twice, and an unknown name lists the known ones and the nearest.
"""

import difflib
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Generic, TypeVar

T = TypeVar("T")


def unknown(kind: str, value: object, known: Iterable[str]) -> ValueError:
    """The error for a name that is not known: the value, the nearest known one, and all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(str(value), names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return ValueError(f"unknown {kind} {str(value)!r}: {hint}known are {', '.join(names) or 'none'}")


class Registry(Generic[T]):
    """The plugins of one kind, imported from a package on first use."""

    def __init__(
        self, kind: str, package: str, collect: Callable[[ModuleType], Iterable[tuple[str, T]]]
    ) -> None:
        self.kind, self.package, self._collect = kind, package, collect
        self._items: dict[str, T] | None = None

    def _load(self) -> dict[str, T]:
        if self._items is None:
            self._items = {}
            folder = importlib.import_module(self.package)
            for info in sorted(pkgutil.iter_modules(folder.__path__), key=lambda info: info.name):
                if not info.ispkg and not info.name.startswith("_"):
                    self._add_file(f"{self.package}.{info.name}")
        return self._items

    def _add_file(self, module: str) -> None:
        try:
            self.add(importlib.import_module(module))
        except Exception as error:
            self._items = None  # half of the plugins would be worse than none
            raise ValueError(f"{module} cannot be loaded: {type(error).__name__}: {error}") from error

    def add(self, module: ModuleType) -> list[str]:
        """Register everything of this kind that `module` defines; the names found. Raises ValueError for a duplicate."""
        items, found = self._load(), dict[str, T]()
        for name, item in self._collect(module):
            if not re.fullmatch(r"[a-z0-9][a-z0-9_+-]*", name):  # it becomes part of files' names
                raise ValueError(f"{self.kind} {name!r}: a name has small letters, digits, - and _")
            if name in items or name in found:
                raise ValueError(f"{self.kind} {name!r} of {module.__name__} is registered already")
            found[name] = item
        items.update(found)
        return list(found)

    def remove(self, names: Iterable[str]) -> None:
        """Take back what `add` registered."""
        for name in names:
            self._load().pop(name, None)

    def names(self) -> list[str]:
        return sorted(self._load())

    def get(self, name: str) -> T:
        """The plugin of that name. Raises ValueError naming the known ones."""
        items = self._load()
        if name not in items:
            raise unknown(self.kind, name, items)
        return items[name]

    def __iter__(self) -> Iterator[T]:
        return iter([self._load()[name] for name in self.names()])


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
METRICS: Registry[Any] = Registry("metric", "benchmarks.metrics", objects("METRIC"))


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


class Methods:
    """Every method and variant by name."""

    def names(self) -> list[str]:
        return sorted([*CLASSES.names(), *self._variants()])

    def get(self, name: str) -> Entry:
        """The method of that name. Raises ValueError naming the known ones."""
        variant = self._variants().get(name)
        if variant is None and name not in CLASSES.names():
            raise unknown("method", name, self.names())
        cls = CLASSES.get(variant.of if variant else name)
        options = {**cls.common, **cls.options}
        if variant is None:
            return Entry(name, cls, cls.title, cls.paper, cls.summary, dict(cls.weights), options)
        weights, options = {**cls.weights, **variant.weights}, {**options, **variant.options}
        return Entry(name, cls, variant.title, variant.paper, variant.summary, weights, options)

    def __iter__(self) -> Iterator[Entry]:
        return iter([self.get(name) for name in self.names()])

    def _variants(self) -> dict[str, Any]:
        return importlib.import_module("methods.variants").VARIANTS


METHODS = Methods()
