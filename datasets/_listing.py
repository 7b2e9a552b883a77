"""A folder of images as it is found: which files there are, which are copies of others, and which labels go with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from datasets._images import copies, list_images
from datasets._labels import Labels, labels_of, subfolders, unused_rows

SUBFOLDERS = "subfolders"


@dataclass(frozen=True)
class Listing:
    """The images below `root`. labels: a table below it, or table:column, or "subfolders", or "" to look for `tables`."""

    owner: str
    root: Path
    labels: str
    tables: Sequence[str]

    @cached_property
    def _found(self) -> tuple[list[str], list[str]]:
        return list_images(self.root)

    @property
    def files(self) -> list[str]:
        """Paths relative to the root, sorted."""
        return self._found[0]

    @cached_property
    def table(self) -> str:
        """The label file, relative to the root; "" for none. Raises ValueError where one is asked for that is not there."""
        given = "" if self.labels == SUBFOLDERS else self.labels.partition(":")[0]
        if given and not (self.root / given).is_file():
            raise ValueError(
                f"{self.owner}: there is no {given} under {self.root}: labels is a table such as labels.csv, a column of one "
                f"(labels.csv:species) or {SUBFOLDERS}"
            )
        known = [p.name for pattern in self.tables for p in sorted(self.root.glob(pattern)) if p.is_file()]
        return given or ("" if self.labels == SUBFOLDERS or not known else known[0])

    def labels_of(self, files: Sequence[str]) -> Labels | None:
        """Labels of `files` in their order; None without any."""
        if self.labels == SUBFOLDERS:
            return subfolders(files, self.root)
        column = self.labels.partition(":")[2]
        return labels_of(files, self.root / self.table, column) if self.table else None

    def notes(self, same: Mapping[str, str]) -> list[str]:
        """What people should know; same: digests by file."""
        files, lines = self._found
        lines = [*lines, *copies(files, same)]
        if self.table:
            return lines + unused_rows(files, self.root / self.table)
        tops = {file.split("/", 1)[0] for file in files if "/" in file}
        if self.labels != SUBFOLDERS and len(tops) > 1 and all("/" in file for file in files):
            lines.append(
                f"no labels; --set data.labels={SUBFOLDERS} takes the {len(tops)} subfolders as classes"
            )
        return lines
