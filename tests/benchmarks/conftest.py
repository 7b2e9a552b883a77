"""What tests of the commands share."""

from collections.abc import Iterator

import pytest

from benchmarks.planning import plugins


@pytest.fixture
def instant_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    """No run is tried out before a plan says how long it takes."""
    monkeypatch.setattr("benchmarks.execution.estimate.measure", lambda *about: (0.0, 0.0))


@pytest.fixture
def own_plugins(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test has its own plugins; what they register is taken back."""
    monkeypatch.setattr(plugins, "_seen", {})
    before = {kind: set(kind.names()) for kind in plugins.REGISTRIES}
    yield
    for kind, names in before.items():
        kind.remove(set(kind.names()) - names)
