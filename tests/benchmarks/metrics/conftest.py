"""One discs data set with its extractor, shared by the metrics' tests."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import convnet, extractors
from benchmarks.snapshot import Data
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
