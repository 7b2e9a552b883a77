"""Synthetic stores, made once."""

from pathlib import Path

import pytest

from reports.store import Store
from tests.reports.synthetic import store


@pytest.fixture(scope="session")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Two methods, six seeds, without panels."""
    return store(tmp_path_factory.mktemp("quick"), panels=False)


@pytest.fixture(scope="session")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A variant, an encoder that blurs, and a run that diverged."""
    return store(
        Path(tmp_path_factory.mktemp("wide")),
        ("gan", "aegan", "aae"),
        variants={"gan": ("", "critic_updates=joint")},
        lost={("aae", 2): ("diverged", "rec_x is NaN at step 700")},
        panels=False,
    )
