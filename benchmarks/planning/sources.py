"""What a plugin's code is, as one hash: an edited method is another method, and its old results are not its own.

The hash covers the plugin's file and every module outside this program, the standard library and installed packages
that it imports; of an installed plugin, its whole package. It leaves out comments, blank lines and where files lie.
"""

import ast
import hashlib
import importlib.util
import io
import sys
import sysconfig
import tokenize
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
OURS = tuple(ROOT / name for name in ("benchmarks", "datasets", "methods", "reports"))
INSTALLED = {"site-packages", "dist-packages"}
_PLACES = {Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib")}


def source_of(module: ModuleType) -> str:
    """Returns 16 hex digits of what a module's code says. Raises ValueError for a module without Python source."""
    file = getattr(module, "__file__", None)
    if file is None or not file.endswith(".py"):
        raise ValueError(f"{module.__name__} has no Python source whose hash could name its results")
    package = sys.modules.get(module.__name__.partition(".")[0], module)
    if not getattr(package, "__path__", None):
        return source_of_file(Path(file))
    found: dict[str, str] = {}
    for folder in package.__path__:
        _add_package(Path(folder), "", found)
    return _joined(found)


def source_of_file(path: Path) -> str:
    """Returns what `source_of` does, for a file, without running anything."""
    found: dict[str, str] = {}
    _follow(path, "", found)
    return _joined(found)


def _joined(found: dict[str, str]) -> str:
    text = "\0".join(f"{name}\0{found[name]}" for name in sorted(found))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _follow(path: Path, name: str, found: dict[str, str]) -> None:
    """Adds the code of a file, and of what it imports from outside, under the names it is imported by."""
    if name in found:
        return
    found[name] = code_of(path)
    for target in _imports(path):
        try:
            spec = importlib.util.find_spec(target)  # of a top-level name: nothing is run
        except (ImportError, ValueError, AttributeError):
            continue
        if spec is None:
            continue
        if spec.submodule_search_locations:  # a package, with or without __init__.py
            for folder in map(Path, spec.submodule_search_locations):
                if _outside(folder):
                    _add_package(folder, f"{target}/", found)
        elif (spec.origin or "").endswith(".py") and _outside(Path(str(spec.origin))):
            _follow(Path(str(spec.origin)), target, found)


def _add_package(folder: Path, prefix: str, found: dict[str, str]) -> None:
    for path in sorted(folder.rglob("*.py")):
        found[prefix + path.relative_to(folder).as_posix()] = code_of(path)


def _imports(path: Path) -> set[str]:
    """Returns the top-level names that a file imports, anywhere in it. Raises ValueError where it is not Python."""
    names: set[str] = set()
    try:
        tree = ast.parse(path.read_bytes())
    except SyntaxError as error:
        raise ValueError(f"{path} is not valid Python: {error}") from None
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def _outside(path: Path) -> bool:
    """Whether a file is neither ours nor Python's nor an installed package's."""
    path = path.resolve()
    return not INSTALLED & set(path.parts) and not any(
        path.is_relative_to(place) for place in (*_PLACES, *OURS)
    )


def code_of(path: Path) -> str:
    """Returns the code of a file without comments, blank lines and blanks at the ends of lines. Raises ValueError where it is
    not Python.
    """
    data = path.read_bytes()
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        lines = data.decode(encoding).split("\n")  # as tokenize does
        comments = [
            token for token in tokenize.tokenize(io.BytesIO(data).readline) if token.type == tokenize.COMMENT
        ]
    except (SyntaxError, tokenize.TokenError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not valid Python: {error}") from None
    for token in comments:
        row, column = token.start
        lines[row - 1] = lines[row - 1][:column]
    return "\n".join(line.rstrip() for line in lines if line.strip())
