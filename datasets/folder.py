"""Any folder of images: central squares, split by a hash of their names; copies and mirror images stay together."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, ClassVar

from datasets._content import joined
from datasets._files import inner
from datasets._held_out import SHARE
from datasets._images import decode, divide
from datasets._labels import Labels
from datasets._listing import Listing
from datasets.base import SPLITS, Dataset, Split, at_least


class Folder(Dataset):
    """All images below a folder; a mirror image is always in the split of its original, validation images too."""

    name, title = "folder", "Folder of images"
    summary = "any folder of images, with labels from labels.csv, list_attr text or its subfolders"
    version, needs_root, whole_root = 1, True, True
    where = "give --data-root a folder with images in it (its subfolders are searched too)"
    tables: ClassVar[tuple[str, ...]] = ("labels.csv", "list_attr*.txt")
    defaults: ClassVar[dict[str, Any]] = {
        "size": 64, "test_share": 0.1, "skip_bad": False,
        "mirrored": False,  # adds the mirror image of each
        "labels": "",  # a table below the root, or table:column, or "subfolders"; "" looks for `tables`
        "within": "",  # a folder below the root that is taken instead of it: one of two domains
    }  # fmt: skip
    later, validates = ("within",), True

    def check(self) -> None:
        at_least(self, size=8)

    @property
    def shape(self) -> tuple[int, ...]:
        return (3, self.options["size"], self.options["size"])

    def empty(self) -> bool:
        return not self.listing.files

    @cached_property
    def listing(self) -> Listing:
        assert self.root is not None
        if not self.root.is_dir():
            raise ValueError(f"{self.name}: --data-root {self.root} is not a folder; {self.where}")
        name, root = self.name, inner(self.name, self.root, self.options["within"])
        return Listing(name, root, self.options["labels"], self.tables)

    @cached_property
    def _same(self) -> dict[str, str]:
        return self.digests(self.listing.root, self.listing.files)

    @cached_property
    def files(self) -> dict[str, list[str]]:
        try:
            shares = [self.options["test_share"], *([1 / SHARE] if self.options["validation"] else [])]
            return dict(zip(SPLITS, divide(self.listing.files, shares, self._same), strict=True))
        except ValueError as error:
            raise ValueError(f"{self.name}: {self.root} has {error}; {self.where}") from error

    def source(self) -> Any:
        table = self.digests(self.listing.root, filter(None, [self.listing.table]))
        return joined(self._same | table | ({"validation": "by file"} if self.options["validation"] else {}))

    def total(self) -> int:
        return sum(map(len, self.files.values())) * (1 + self.options["mirrored"])

    def remarks(self) -> list[str]:
        return self.listing.notes(self._same)

    @cached_property
    def _labels(self) -> Labels | None:  # of the training images, then the test images
        return self.listing.labels_of([file for split in SPLITS for file in self.files[split]])

    def chunks(self, split: str) -> Iterator[Split]:
        found, first = self._labels, 0 if split == SPLITS[0] else len(self.files[SPLITS[0]])
        for images, numbers in decode(self, self.listing.root, self.files[split]):
            yield Split(images) if found is None else found.split(images, first + numbers)
