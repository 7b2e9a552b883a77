"""The driver's mailbox: workers anywhere leave their events there, and fetch files that only the driver's machine has."""

from pathlib import Path

from benchmarks.execution.ray.transfer import File, pack

NEWS_S = 0.5  # seconds between two events of one run, and between two looks at them
News = tuple[str, str, int, int]  # (node's key, phase, done, of)


class Mailbox:
    """An actor of Ray; it knows neither torch nor the plan, so that it starts at once and stays small."""

    def __init__(self) -> None:
        self.starts: dict[str, list[str]] = {}
        self._events: list[News] = []

    def begin(self, key: str, host: str) -> list[str]:
        """Notes that a worker on `host` begins with a node; returns the machines that began with it before and were lost."""
        earlier = self.starts.setdefault(key, [])
        earlier.append(host)
        return earlier[:-1]

    def post(self, key: str, phase: str, done: int, of: int) -> None:
        """Leaves an event of a node."""
        self._events.append((key, phase, done, of))

    def news(self) -> list[News]:
        """Returns the events since the last call."""
        events, self._events = self._events, []
        return events

    def files(self, root: Path, patterns: tuple[str, ...]) -> list[File]:
        """Returns files of the driver's machine."""
        return pack(root, patterns)
