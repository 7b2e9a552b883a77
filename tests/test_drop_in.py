"""One new file that nothing else has to know: a method, a metric and a data set dropped into their folders leave the tests green.

In a copy of the tree, with nothing else edited: neither a document nor golden.json nor a list in reports/.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
COPIED = (".github", "benchmarks", "datasets", "methods", "reports", "tests")
PLACES = {
    "LSGAN": "methods/lsgan.py",
    "Stripes": "datasets/stripes.py",
    "METRIC": "benchmarks/metrics/brightness.py",
}
# What walks the registries or compares them with what is committed, and is quick; then what trains what is new.
EVERYTHING = (
    "tests/test_documents.py",
    "tests/benchmarks/metrics/test_contract.py",
    "tests/benchmarks/planning/test_registry.py",
    "tests/benchmarks/planning/test_hashes.py",
    "tests/benchmarks/commands/test_imports.py",
    "tests/methods/test_init.py",
)
NEW = ("tests/methods", "tests/datasets", "tests/benchmarks/training", "tests/benchmarks/metrics")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the three examples of CONTRIBUTING.md in their places, under names of their own."""
    copy = tmp_path_factory.mktemp("tree")
    for name in COPIED:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.iterdir():
        if path.is_file() and not path.name.startswith("."):
            shutil.copy(path, copy)
    for code in re.findall(r"^```python\n(.*?)^```$", (ROOT / "CONTRIBUTING.md").read_text(), re.M | re.S):
        for word, place in PLACES.items():
            if code.startswith('"""') and re.search(rf"^(class )?{word}\b", code, re.M):
                renamed = re.sub(r'\bname( ?= ?)"(\w+)"', r'name\1"new-\2"', code)
                (copy / place).write_text(renamed)
    assert all((copy / place).exists() for place in PLACES.values())
    return copy


def passed(tree: Path, *arguments: str) -> int:
    """Runs pytest in the copy; the number of tests that passed. Fails with what it printed if one did not."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    surroundings = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, env=surroundings)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    found = re.search(r"(\d+) passed", done.stdout)
    return int(found[1]) if found else 0


@pytest.mark.slow
def test_everything_that_lists_plugins_stays_green(tree: Path) -> None:
    assert passed(tree, *EVERYTHING) > 50


@pytest.mark.slow
def test_the_contracts_are_checked_without_a_line_of_test(tree: Path) -> None:
    assert passed(tree, *NEW, "-k", "new-lsgan or new-stripes or new-brightness") >= 10


@pytest.mark.slow
def test_a_known_number_that_changes_is_an_error(tree: Path, tmp_path: Path) -> None:
    """A new entry is skipped; a loss that differs under its version is not."""
    copy = tmp_path / "tree"
    shutil.copytree(tree, copy)
    path = copy / "methods" / "ae.py"
    twice = "\n    def term_rec_x(self, n, b):\n        return 2 * super().term_rec_x(n, b)\n"
    path.write_text(path.read_text() + twice)
    with pytest.raises(AssertionError, match="raise the version"):
        passed(copy, "tests/benchmarks/training/test_golden.py", "-k", "ae-munit")
