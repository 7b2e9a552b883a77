"""What the quick answers of the command line import: not what takes a second to load."""

import subprocess
import sys

import pytest

HEAVY = {"torch", "torchvision", "torch_fidelity", "sklearn", "scipy", "pandas", "pyarrow", "matplotlib", "numpy"}  # fmt: skip
CODE = """
import contextlib, io, sys
from benchmarks.run import main
with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.suppress(SystemExit):
    assert main({argv}) == 0
assert said.getvalue()
print(*sorted({{module.partition(".")[0] for module in sys.modules}}))
"""


def imported(*argv: str) -> set[str]:
    """The top-level packages that a call of benchmarks.run leaves in sys.modules."""
    code = CODE.format(argv=list(argv))
    return set(
        subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True
        ).stdout.split()
    )


def test_help_imports_nothing_heavy() -> None:
    found = imported("--help")
    assert "benchmarks" in found and not found & (HEAVY | {"rich"})


@pytest.mark.parametrize("what", ["methods", "datasets", "metrics", "presets", "families"])
def test_lists_import_nothing_heavy(what: str) -> None:
    """Whether a data set's files are here only the data set knows, which needs numpy."""
    found = imported("--list", what)
    assert "pydantic" in found and not found & (HEAVY - {"numpy"} if what == "datasets" else HEAVY)
