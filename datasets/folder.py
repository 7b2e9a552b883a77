"""Any folder of images: central squares, split by a hash of their names, with the labels of a table."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from datasets._files import inner
from datasets._images import decode, divide, list_images
from datasets._labels import labels_of
from datasets.base import SPLITS, Dataset, Split, at_least, stamp


class Folder(Dataset):
    """All images below a folder; a mirror image is always in the split of its original."""

    name = "folder"
    title = "Folder of images"
    summary = "any folder of images, with attributes from labels.csv or CelebA's list_attr text"
    version = 1
    needs_root = True
    where = "give --data-root a folder with images in it (its subfolders are searched too)"
    tables: ClassVar[tuple[str, ...]] = ("labels.csv", "list_attr*.txt")
    defaults: ClassVar[dict[str, Any]] = {
        "size": 64,
        "mirrored": False,  # adds the mirror image of each
        "test_share": 0.1,
        "labels": "",  # table of the attributes below the root; "" looks for `tables`
        "skip_bad": False,
        "within": "",  # a folder below the root that is taken instead of it: one of two domains
    }
    later = ("within",)

    def check(self) -> None:
        at_least(self, size=8)
        if not 0 < self.options["test_share"] < 1:
            raise ValueError(
                f"{self.name}: test_share={self.options['test_share']} should be between 0 and 1"
            )

    @property
    def shape(self) -> tuple[int, ...]:
        return (3, self.options["size"], self.options["size"])

    @cached_property
    def folder(self) -> Path:
        assert self.root is not None
        if not self.root.is_dir():
            raise ValueError(f"{self.name}: --data-root {self.root} is not a folder; {self.where}")
        return inner(self.name, self.root, self.options["within"])

    @cached_property
    def files(self) -> dict[str, list[str]]:
        try:
            return dict(
                zip(SPLITS, divide(list_images(self.folder), self.options["test_share"]), strict=True)
            )
        except ValueError as error:
            raise ValueError(f"{self.name}: {self.root} has {error}; {self.where}") from error

    @cached_property
    def table(self) -> Path | None:
        given = self.options["labels"]
        if given and not (self.folder / given).is_file():
            raise ValueError(f"{self.name}: there is no {given} under {self.root}")
        found = [path for pattern in self.tables for path in sorted(self.folder.glob(pattern))]
        return self.folder / given if given else next(iter(found), None)

    def source(self) -> Any:
        table = [] if self.table is None else [self.options["labels"] or self.table.name]
        return stamp(self.folder, self.files["train"] + self.files["test"] + table)

    def total(self) -> int:
        return sum(map(len, self.files.values())) * (1 + self.options["mirrored"])

    def chunks(self, split: str) -> Iterator[Split]:
        labels, names = labels_of(self.files[split], self.table)
        for images, numbers in decode(self, self.folder, self.files[split]):
            yield Split(x=images, labels=None if labels is None else labels[numbers], label_names=names)
