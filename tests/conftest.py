"""What all tests share: a cache of prepared data that is theirs alone, one thread, no display."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["MPLBACKEND"] = "Agg"


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where this session's data sets and extractors are kept; xdist's workers share it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIDIGAN_CACHE", str(folder))
        patch.setenv("TORCH_HOME", str(folder / "torch"))  # weights that happen to lie here change no test
        yield folder


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Two threads give other bits than one."""
    import torch

    torch.set_num_threads(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked `gpu` are skipped where there is none."""
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if marked:
        import torch

        if not torch.cuda.is_available():
            for item in marked:
                item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest tests/methods/test_contract.py --plugin mine.py`: a method of one's own under the contract's tests."""
    parser.addoption("--plugin", action="append", default=[], help="a Python file with methods to test")


def pytest_configure(config: pytest.Config) -> None:
    """Plugins join before the contract's tests are collected."""
    if files := config.getoption("--plugin"):
        from benchmarks.planning import plugins

        if problems := plugins.load(tuple(files)):
            raise pytest.UsageError("; ".join(problems))
