"""What benchmarks found beside their time is printed behind pytest-benchmark's table."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As the trainer's workers have it."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def told(request: pytest.FixtureRequest, record_property: Any) -> Iterator[None]:
    """A benchmark's extra_info goes into the test's report."""
    yield
    benchmark = request.node.funcargs.get("benchmark")
    for name, value in benchmark.extra_info.items() if benchmark else ():
        record_property(name, value)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """A line for each."""
    ends = [each for each in terminalreporter.stats.get("", []) if each.when == "teardown"]
    reports = [each for each in ends if each.user_properties]
    if reports:
        terminalreporter.section("compared")
    for report in reports:
        told = "; ".join(f"{name}: {value}" for name, value in report.user_properties)
        terminalreporter.line(f"{report.nodeid.rpartition('::')[2]}: {told}")
