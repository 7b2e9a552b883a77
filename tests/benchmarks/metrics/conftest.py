"""A data set of discs with its extractor, and one of faces, shared by the metrics' tests."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.snapshots import convnet, extractors
from benchmarks.snapshots.snapshot import Data
from datasets.toonfaces import Toonfaces
from tests.benchmarks.fakes import data


@pytest.fixture(scope="session", autouse=True)
def short() -> Iterator[None]:
    """The small networks train for fewer steps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convnet, "LEAST", 100)
        patch.setattr(convnet, "EPOCHS", 3)
        yield


@pytest.fixture(scope="session")
def discs(tmp_path_factory: Any) -> Data:
    d = data(200)
    folder: Path = tmp_path_factory.mktemp("domain")
    extractors.save_classifier(folder, d.train, d.test)
    d.extractor = extractors.load_classifier(folder)
    return d


@pytest.fixture(scope="session")
def toons(tmp_path_factory: pytest.TempPathFactory) -> Data:
    cache = tmp_path_factory.mktemp("toons")
    return Data.of(Toonfaces(cache, size=16, n_train=2000, n_test=1000), n=100, cache=cache)
