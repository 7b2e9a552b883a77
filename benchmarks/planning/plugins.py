"""Plugins: modules from outside whose methods, data sets, metrics, families and presets join ours.

They come from entry points of installed packages (group `bidigan_bench.plugins`, each naming a module) or from files given
by `--plugin`. A plugin is code and is trusted as such; one that cannot be used is named with its reason, and the others run.
What its code says is part of the name of every run and value that it has a part in.
"""

import importlib
import importlib.util
import sys
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from importlib.metadata import entry_points
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from benchmarks.planning import preset
from benchmarks.planning.contract import check_dataset, check_family, check_method, check_metric
from benchmarks.planning.registry import CLASSES, DATASETS, FAMILIES, METHODS, METRICS, Registry
from benchmarks.planning.sources import source_of, source_of_file

GROUP = "bidigan_bench.plugins"
REGISTRIES: tuple[Registry[Any], ...] = (CLASSES, DATASETS, FAMILIES, METRICS)
CHECKS = {"method": check_method, "data set": check_dataset, "family": check_family, "metric": check_metric}
_seen: dict[str, "str | Plugin"] = {}  # plugin -> problem, or what it is


@dataclass(frozen=True)
class Plugin:
    """One that is in use. file: its path, "" for an installed one; source: the hash of its code; defines: names by kind."""

    name: str
    file: str
    source: str
    defines: dict[str, list[str]]


def load(files: tuple[str, ...] = ()) -> list[str]:
    """Loads every plugin once; returns a line for each that cannot be used, with its reason."""
    for point in entry_points(group=GROUP):
        _load(point.name, "", lambda point=point: importlib.import_module(point.value))
    for file in files:
        path = Path(file).expanduser()
        _load(file, str(path.absolute()), lambda path=path: module_of(path))
    return [f"plugin {name}: {problem}" for name, problem in _seen.items() if isinstance(problem, str)]


def load_as_they_are(files: tuple[str, ...]) -> list[str]:
    """Does as `load` at the start of a command, where only installed plugins may have problems. Raises ValueError for a file
    that is named and cannot be used, or was edited since this program loaded it.
    """
    for file in files:
        known, path = _seen.get(file), Path(file).expanduser()
        if isinstance(known, Plugin) and path.is_file() and source_of_file(path) != known.source:
            raise ValueError(f"plugin {file} was edited after it was loaded: start the program anew")
    problems = load(files)
    for file in files:
        if isinstance(problem := _seen[file], str):
            del _seen[file]  # the next command may give it mended
            raise ValueError(f"--plugin {file}: {problem}")
    return problems


def loaded() -> list[Plugin]:
    """Returns the plugins that are in use."""
    return [plugin for plugin in _seen.values() if isinstance(plugin, Plugin)]


def _load(name: str, file: str, make: Any) -> None:
    if name in _seen:
        return
    try:
        module = make()
        source = source_of(module)
        _seen[name] = Plugin(Path(name).name, file, source, _register(module, source))
    except Exception as error:
        kind = "" if type(error) is ValueError else f"{type(error).__name__}: "
        _seen[name] = f"{kind}{error}".splitlines()[0]


class _FromSource(SourceFileLoader):
    """Compiles a plugin from source: cached bytecode is matched by size and whole seconds, which an edit may leave unchanged."""

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


def module_of(path: Path) -> ModuleType:
    """Runs a Python file and returns it as a module.

    Raises ValueError where there is none or it ends the program, and whatever it raises.
    """
    if not path.is_file():
        raise ValueError(f"{path} does not exist")
    name = f"bidigan_plugin_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path, loader=_FromSource(name, str(path)))
    if spec is None or spec.loader is None:
        raise ValueError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except SystemExit:
        raise ValueError(
            f"{path} ends the program when it is read: put what it does as a script under if __name__ == '__main__'"
        ) from None
    return module


def _check_apart(name: str) -> None:
    """Raises ValueError where a variant has a method's name, which would be trained in its place, or another method its title."""
    if name in METHODS.variants():
        raise ValueError(
            f"method {name!r} is registered already, as a variant of {METHODS.get(name).cls.name!r}"
        )
    title = CLASSES.get(name).title
    for other in METHODS:
        if other.name != name and other.title == title:
            raise ValueError(f"method {name!r} has the title of {other.name!r}, {title!r}: choose another")


def _register(module: ModuleType, source: str) -> dict[str, list[str]]:  # noqa: C901 - one branch a kind of plugin
    """Registers what a module defines, by kind. All or nothing: raises ValueError where any of it cannot be used."""
    added: list[tuple[Registry[Any], list[str]]] = []
    folder = getattr(module, "PRESETS", None)
    try:
        for registry in REGISTRIES:
            names = registry.add(module)
            added.append((registry, names))
            registry.mark(names, source)
            for name in names:
                CHECKS[registry.kind](registry.get(name))
                if registry is DATASETS:
                    DATASETS.get(name).code = source
            for name in names if registry is CLASSES else ():
                _check_apart(name)
        if not folder and not any(names for _, names in added):
            raise ValueError("defines no method, data set, family, metric or PRESETS folder")
        if folder is not None and not Path(folder).is_dir():
            raise ValueError(f"PRESETS = {str(folder)!r} is not a folder")
        if folder is not None and (
            twice := {file.stem for file in Path(folder).glob("*.toml")} & {*preset.names()}
        ):
            raise ValueError(f"preset {min(twice)!r} exists already: choose another name")
    except Exception:
        for registry, names in added:
            registry.remove(names)
        raise
    if folder is not None:
        preset.FOLDERS.append(Path(folder))
    return {registry.kind: names for registry, names in added if names}
