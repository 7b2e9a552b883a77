"""The desk beside the driver: workers anywhere tell it their news and fetch files that only the driver's machine has."""

from pathlib import Path

from benchmarks.execution.ray.transfer import File, pack

News = tuple[str, str, int, int]  # (node's key, phase, done, of)


class Desk:
    """An actor of Ray; it knows neither torch nor the plan, so that it starts at once and stays small."""

    def __init__(self) -> None:
        self.starts: dict[str, list[str]] = {}
        self.told: list[News] = []

    def begin(self, key: str, host: str) -> list[str]:
        """A worker on `host` begins with a node; the machines that began with it before and were lost."""
        earlier = self.starts.setdefault(key, [])
        earlier.append(host)
        return earlier[:-1]

    def tell(self, key: str, phase: str, done: int, of: int) -> None:
        """A worker's news of its node."""
        self.told.append((key, phase, done, of))

    def news(self) -> list[News]:
        """What was told since the last call."""
        told, self.told = self.told, []
        return told

    def files(self, root: Path, patterns: tuple[str, ...]) -> list[File]:
        """Files of the driver's machine."""
        return pack(root, patterns)
