"""CelebA (Liu et al., 2015), aligned and cropped, with its 40 attributes and its standard partition.

The training part is the partition's 0, the test part its 2, each in the partition's order; the validation part
is left aside. So Luo's gallery, the first 20,000 images, is the first 20,000 of the training part. The paper
gives no crop; 108 pixels is that of the DCGAN code (input_height in main.py of carpedm20/DCGAN-tensorflow).
"""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from datasets._files import locate
from datasets._images import decode
from datasets._labels import labels_of
from datasets.base import SPLITS, Dataset, Split, at_least

_PARTS = {"0": "train", "2": "test"}
_FOLDERS = (".", "celeba")


class CelebA(Dataset):
    """Faces of celebrities with 40 attributes."""

    name = "celeba"
    title = "CelebA"
    summary = (
        "200,000 aligned faces with 40 attributes and the standard partition; --data-root holds its files"
    )
    version = 1
    needs_root = True
    torchvision = "CelebA"
    where = (
        "try --download (gdown is needed), or get img_align_celeba.zip, list_attr_celeba.txt and list_eval_partition.txt (see "
        "mmlab.ie.cuhk.edu.hk/projects/CelebA.html), unpack them into one folder and name it with --data-root"
    )
    defaults: ClassVar[dict[str, Any]] = {"size": 64, "crop": 108, "skip_bad": False}

    def check(self) -> None:
        at_least(self, size=8, crop=8)
        self._images, self._tables  # noqa: B018  # missing ones are named at once

    @property
    def shape(self) -> tuple[int, ...]:
        return (3, self.options["size"], self.options["size"])

    @cached_property
    def _images(self) -> Path:
        outer = locate(self, _FOLDERS, ("img_align_celeba",))
        inner = outer / "img_align_celeba"  # some copies are packed so
        return inner if inner.is_dir() else outer

    @cached_property
    def _tables(self) -> list[Path]:  # attributes, partition; some copies have them as CSV
        names = ("list_attr_celeba", "list_eval_partition")
        return [locate(self, _FOLDERS, (f"{name}.txt", f"{name}.csv")) for name in names]

    @cached_property
    def files(self) -> dict[str, list[str]]:
        files: dict[str, list[str]] = {split: [] for split in SPLITS}
        for line in self._tables[1].read_text().splitlines():
            name, _, part = line.replace(",", " ").strip().partition(" ")
            if part.strip() in _PARTS:
                files[_PARTS[part.strip()]].append(name)
        return files

    def source(self) -> Any:
        tables = [self.digests(table.parent, [table.name])[table.name] for table in self._tables]
        return [*tables, self.stamp(self._images, [file for split in SPLITS for file in self.files[split]])]

    def total(self) -> int:
        return sum(map(len, self.files.values()))

    def chunks(self, split: str) -> Iterator[Split]:
        found = labels_of(self.files[split], self._tables[0])
        for images, numbers in decode(self, self._images, self.files[split], self.options["crop"]):
            yield found.split(images, numbers)
