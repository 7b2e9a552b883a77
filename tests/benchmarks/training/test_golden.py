"""A number that changes without a version would mix old results with new ones: the first losses of every method.

`tox -e refresh` adds what is new and drops versions that are no more; it never changes a number that is there.
"""

import json
from pathlib import Path

import pytest

from benchmarks.planning.registry import FAMILIES, METHODS
from tests.methods.harness import go, misfit, spec_of, training

FILE = Path(__file__).with_name("golden.json")
CASES = [(name, "aegan") for name in METHODS.names()] + [("gan", "dcgan"), ("ae", "munit"), ("aegan", "mlp")]


def title(method: str, family: str) -> str:
    """What the losses belong to, versions included."""
    return f"{method} {METHODS.get(method).cls.version}, {family} {FAMILIES.get(family).version}"


def losses(method: str, family: str) -> dict[str, float]:
    """Mean terms of the first eight steps on small random data."""
    rows = go(training(method, family, spec_of(family), 8))
    return {name: float(f"{value:.6g}") for row in rows for name, value in row.items()}


@pytest.mark.parametrize(("method", "family"), CASES)
def test_losses_are_those_of_the_version(method: str, family: str) -> None:
    if misfit(method, family):
        pytest.skip(str(misfit(method, family)))
    golden = json.loads(FILE.read_text())
    known = golden.get(title(method, family))
    if known is None:
        pytest.skip(f"{title(method, family)} is new: run tox -e refresh to pin its first losses")
    assert losses(method, family) == pytest.approx(known, rel=1e-3, abs=1e-5), (
        f"{title(method, family)} trains otherwise than it did: raise the version of what changed"
    )


def main() -> None:
    """Adds what is new to the file and drops what is of no case."""
    known = json.loads(FILE.read_text()) if FILE.exists() else {}
    cases = [case for case in CASES if not misfit(*case)]
    kept = {title(*case): known.get(title(*case)) or losses(*case) for case in cases}
    FILE.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
