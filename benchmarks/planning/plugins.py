"""Plugins: modules from outside whose methods, data sets, metrics, families and presets join ours.

They come from entry points of installed packages (group `bidigan_bench.plugins`, each naming a module) or from files given
by `--plugin`. A plugin is code and is trusted as such; one that cannot be used is named with its reason, and the others run.
"""

import importlib
import importlib.util
import sys
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.planning import preset
from benchmarks.planning.registry import CLASSES, DATASETS, FAMILIES, METRICS, Registry

GROUP = "bidigan_bench.plugins"
REGISTRIES: tuple[Registry[Any], ...] = (CLASSES, DATASETS, FAMILIES, METRICS)
_seen: dict[str, str] = {}  # plugin -> problem, "" if it is in


def load(files: tuple[str, ...] = ()) -> list[str]:
    """Load every plugin once; a line for each that cannot be used, with its reason."""
    for point in entry_points(group=GROUP):
        _load(point.name, lambda point=point: importlib.import_module(point.value))
    for file in files:
        _load(file, lambda file=file: _from_file(Path(file)))
    return [f"plugin {name}: {problem}" for name, problem in _seen.items() if problem]


def _load(name: str, make: Any) -> None:
    if name in _seen:
        return
    try:
        _seen[name] = _register(make())
    except Exception as error:
        _seen[name] = f"{type(error).__name__}: {error}".splitlines()[0]


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise ValueError(f"{path} does not exist")
    name = f"bidigan_plugin_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ValueError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _register(module: ModuleType) -> str:
    """Register what a module defines; "" or the reason why nothing of it can be used. All or nothing."""
    added = []
    folder = getattr(module, "PRESETS", None)
    try:
        for registry in REGISTRIES:
            names = registry.add(module)
            added.append((registry, names))
            for name in names if registry is CLASSES else []:
                _check(registry.get(name))
    except Exception:
        for registry, names in added:
            registry.remove(names)
        raise
    if folder is not None:
        preset.FOLDERS.append(Path(folder))
    if not folder and not any(names for _, names in added):
        return "defines no method, data set, family, metric or PRESETS folder"
    return ""


def _check(cls: Any) -> None:
    """Raises ValueError where a method breaks the contract in a way that can be seen without training."""
    for name in ("title", "paper", "summary", "roles", "players", "weights"):
        if not hasattr(cls, name):
            raise ValueError(f"method {cls.name} has no {name}")
    for player, roles in cls.players.items():
        for role in roles:
            if role not in cls.roles:
                raise ValueError(f"method {cls.name}: player {player} owns {role!r}, which is no role")
    for update in cls().cycle():
        for player, terms in update.terms.items():
            if player not in cls.players:
                raise ValueError(f"method {cls.name}: an update trains {player!r}, which is no player")
            for term in terms:
                if not hasattr(cls, f"term_{term}"):
                    raise ValueError(f"method {cls.name}: term {term!r} has no term_{term}(self, n, b)")
