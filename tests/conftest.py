"""What all tests share: a cache of prepared data that is theirs alone, one thread, no display."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

CONTRACTS = tuple(
    f"tests/{folder}/test_contract.py" for folder in ("methods", "datasets", "benchmarks/metrics")
)

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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked `gpu` are skipped where there is none; with `--plugin`, those that name nothing of it are left out."""
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if marked:
        import torch

        if not torch.cuda.is_available():
            for item in marked:
                item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))
    if config.getoption("--plugin"):
        from benchmarks.planning import plugins

        defined = {name for plugin in plugins.loaded() for names in plugin.defines.values() for name in names}
        others = [item for item in items if not names_one_of(item, defined)]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]


def names_one_of(item: pytest.Item, names: set[str]) -> bool:
    """Whether a test's parameters hold one of `names`, or what is called so."""
    callspec = getattr(item, "callspec", None)
    values = callspec.params.values() if callspec else ()
    called = [value if isinstance(value, str) else getattr(value, "name", None) for value in values]
    return any(isinstance(name, str) and name in names for name in called)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest --plugin mine.py`: a method, family, data set or metric of one's own under the contract's tests."""
    parser.addoption("--plugin", action="append", default=[], help="a Python file whose parts are tested")


def without_gpu(marks: str, available: bool) -> str | None:
    """What `-m gpu` says where there is none."""
    import torch

    if marks.strip() != "gpu" or available:
        return None
    return (
        f"-m gpu: no CUDA device here (torch {torch.__version__} sees none), so nothing would be tested: run it on a machine "
        "with an NVIDIA GPU"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Plugins join before the contract's tests are collected, which are all that is collected unless files are named.

    `-m gpu` without one is an error, not a row of skipped tests that looks like success.
    """
    if config.getoption("markexpr").strip() == "gpu" and not config.getoption("collectonly"):
        import torch

        if said := without_gpu("gpu", torch.cuda.is_available()):
            raise pytest.UsageError(said)
    if files := config.getoption("--plugin"):
        from benchmarks.planning import plugins

        if problems := plugins.load(tuple(files)):
            raise pytest.UsageError("; ".join(problems))
        if config.args_source == pytest.Config.ArgsSource.TESTPATHS:
            config.args = [str(config.rootpath / path) for path in CONTRACTS]
