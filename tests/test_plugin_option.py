"""`pytest --plugin=FILE` collects the contract's tests of what a file defines, whichever kind it is, and nothing else."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Kinds by the example's name in CONTRIBUTING.md, with the file that holds the contract's tests of the kind.
EXAMPLES = {
    "lsgan": "tests/methods/test_contract.py",
    "tiny": "tests/methods/test_contract.py",
    "stripes": "tests/datasets/test_contract.py",
    "brightness": "tests/benchmarks/metrics/test_contract.py",
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The examples of CONTRIBUTING.md, each in a file outside the project."""
    folder = tmp_path_factory.mktemp("plugins")
    made = {}
    for code in re.findall(r"^```python\n(.*?)^```$", (ROOT / "CONTRIBUTING.md").read_text(), re.M | re.S):
        name = re.search(r'\bname(?:, title, summary)? ?= ?"(\w+)"', code)
        if code.startswith('"""') and name and name[1] in EXAMPLES:
            made[name[1]] = folder / f"{name[1]}.py"
            made[name[1]].write_text(code)
    return made


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    surroundings = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=surroundings)


@pytest.mark.slow
def test_every_kind_is_collected(files: dict[str, Path]) -> None:
    assert files.keys() == EXAMPLES.keys()
    done = run("--collect-only", *(f"--plugin={path}" for path in files.values()))
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    tests = [line for line in done.stdout.splitlines() if "::" in line]
    for name, place in EXAMPLES.items():
        assert sum(test.startswith(f"{place}::") and name in test for test in tests) >= 2, name
    assert all(any(name in test for name in EXAMPLES) for test in tests)


@pytest.mark.slow
def test_a_file_that_is_no_plugin_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_text("x = 1\n")
    done = run("--collect-only", f"--plugin={tmp_path / 'empty.py'}")
    assert done.returncode != 0 and "defines no method, data set, family, metric" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_pass(files: dict[str, Path], name: str) -> None:
    done = run(f"--plugin={files[name]}")
    assert done.returncode == 0 and " passed" in done.stdout, done.stdout[-3000:]


@pytest.mark.slow
def test_a_data_set_that_gives_other_bytes_each_time_fails(files: dict[str, Path], tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text(
        files["stripes"].read_text().replace("default_rng(SPLITS.index(split))", "default_rng()")
    )
    done = run(f"--plugin={broken}")
    assert done.returncode == 1 and "test_splits[stripes]" in done.stdout
