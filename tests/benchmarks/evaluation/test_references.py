"""Reference rows are named by the data and the networks: whatever else a plan asks for must not move their values."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.evaluation.evaluation import untrained_autoencoder
from benchmarks.planning.config import RunConfig
from tests.benchmarks import tiny


def references(folder: Path, **changes: Any) -> tuple[str, RunConfig]:
    """(name of the reference rows, what their untrained networks are made with) of a tiny plan."""
    (node,) = (node for node in tiny.plan(folder, **changes).nodes if node.kind == "references")
    return node.key, untrained_autoencoder(node.config)


@pytest.mark.parametrize(
    "changes", [{"seeds": [5]}, {"seeds": [5], "vary": ["order"]}, {"methods": ["aegan", "gan"]}]
)
def test_the_untrained_baseline_is_the_same_whoever_asks_first(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    assert references(tmp_path, **changes) == references(tmp_path)
