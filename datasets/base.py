"""The contract of a data set: two splits of images or points, decoded once into memory-mapped arrays.

A data set is one subclass in one file. It states its options and yields its images in chunks; this module
checks the options, names the content, and writes the chunks into a cache folder that appears only when it is
complete.
"""

import difflib
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from datasets._store import locked

SPLITS = ("train", "test")
Progress = Callable[[int, int], None]  # (images done, images in all)


@dataclass(frozen=True)
class Split:
    """Some images or points with what is known about them; rows of all arrays belong together."""

    x: np.ndarray  # uint8 [n, H, W, C] for images; float32 [n, 2] for points
    labels: np.ndarray | None = None  # uint8 [n, L], 0/1
    label_names: tuple[str, ...] = ()
    label_kind: str = "attributes"  # "classes": rows are one-hot; "channels": one-hot for each colour channel
    factors: np.ndarray | None = None  # float32 [n, F] true generative factors
    factor_names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.x)


class Dataset:
    """Base of all data sets. A subclass gives the class attributes, `shape`, `total` and `chunks`."""

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]  # one line
    version: ClassVar[int]  # raised when the arrays change
    kind: ClassVar[str] = "images"  # or "points"
    defaults: ClassVar[dict[str, Any]] = {}
    needs_root: ClassVar[bool] = False
    modes: np.ndarray | None = None  # [K, 2] centres of a known mixture
    mode_std: float = 0.0  # of each of its Gaussians
    where: ClassVar[str] = ""  # where to get the files and where to put them, for the message about a root
    later: ClassVar[tuple[str, ...]] = ()  # options that came after runs had names: left out at their default
    fixable: ClassVar[tuple[str, ...]] = ()  # factors that the option `fixed` can hold

    def __init__(self, cache: Path, root: Path | None = None, **options: Any) -> None:
        for key, value in options.items():
            self._check_option(key, value)
        self.cache = Path(cache)
        given = {key: type(self.defaults[key])(value) for key, value in options.items()}  # 1 becomes 1.0
        self.options: dict[str, Any] = {**self.defaults, **given}
        if self.needs_root:
            if root is None:
                raise ValueError(f"{self.name}: the flag --data-root is missing; {self.where}")
            if not Path(root).exists():
                raise ValueError(f"{self.name}: --data-root {root} does not exist; {self.where}")
        self.root = Path(root) if root is not None else None
        self.check()

    # What a subclass defines.

    def check(self) -> None:
        """Raise ValueError where an option's value makes no sense, or a file below the root is missing."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(C, H, W) of an image, or (2,) of a point."""
        raise NotImplementedError

    def source(self) -> Any:
        """What the arrays depend on besides the options: anything JSON can write, such as `stamp(files)`."""
        return None

    def total(self) -> int:
        """Images in both splits, for the progress display."""
        raise NotImplementedError

    def chunks(self, split: str) -> Iterator[Split]:
        """The images of "train" or "test", a few at a time, always in the same order."""
        raise NotImplementedError

    # What everyone else uses.

    @property
    def named(self) -> dict[str, Any]:
        """The options that names are made of."""
        return {k: v for k, v in self.options.items() if k not in self.later or v != self.defaults[k]}

    @cached_property
    def key(self) -> str:
        """Content name: data set, version, options and source. Names the cache folder."""
        text = json.dumps([self.name, self.version, self.named, self.source()], sort_keys=True)
        return f"{self.name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"

    def prepare(self, progress: Progress | None = None) -> None:
        """Decode everything into the cache, unless it is there. It may be killed at any time."""
        if self._folder.exists():
            return
        temporary = self.cache / f"{self.key}.tmp"
        try:
            self.cache.mkdir(parents=True, exist_ok=True)
            with locked(self.cache / f"{self.key}.lock"):
                if not self._folder.exists():
                    shutil.rmtree(temporary, ignore_errors=True)  # of a killed run: we hold the lock
                    try:
                        self._build(temporary, progress)
                    finally:
                        shutil.rmtree(temporary, ignore_errors=True)
        except OSError as error:
            raise ValueError(f"{self.name}: cannot build the cache {self.cache} ({error})") from error

    def split(self, name: str) -> Split:
        """The split "train" or "test", memory-mapped and read-only; prepares it if needed."""
        if name not in SPLITS:
            raise ValueError(f"unknown split '{name}'; known: {', '.join(SPLITS)}")
        self.prepare()
        arrays: dict[str, Any] = {}
        for path in self._folder.glob(f"{name}.*.npy"):
            arrays[path.name.split(".")[1]] = np.load(path, mmap_mode="r", allow_pickle=False)
        for field, value in self._meta[name].items():
            arrays[field] = tuple(value) if isinstance(value, list) else value
        return Split(**arrays)

    @property
    def left_out(self) -> list[str]:
        """The files that `skip_bad` left out, each with its reason."""
        self.prepare()
        return list(self._meta["left_out"])

    def leave_out(self, reason: str) -> None:
        """For `chunks`: a bad image ends the building, unless the option skip_bad says to go on."""
        if not self.options.get("skip_bad"):
            raise ValueError(f"{self.name}: {reason}; --skip-bad-images leaves such images out")
        self._left_out.append(reason)

    # Inside.

    def _build(self, folder: Path, progress: Progress | None) -> None:
        folder.mkdir()
        self._left_out: list[str] = []
        meta: dict[str, Any] = {"left_out": self._left_out}
        done, total = 0, self.total()
        for split in SPLITS:
            with _Writer(folder, split) as writer:
                for chunk in self.chunks(split):
                    writer.append(chunk)
                    done += len(chunk)
                    if progress is not None:
                        progress(done, total)
            if not writer.names:
                raise ValueError(f"{self.name}: no images for the {split} split")
            meta[split] = writer.names
        (folder / "meta.json").write_text(json.dumps(meta, indent=1))
        folder.rename(self._folder)

    @property
    def _folder(self) -> Path:
        return self.cache / self.key

    @cached_property
    def _meta(self) -> dict[str, Any]:
        meta: dict[str, Any] = json.loads((self._folder / "meta.json").read_text())
        return meta

    def _check_option(self, key: str, value: Any) -> None:
        if key not in self.defaults:
            near = difflib.get_close_matches(key, self.defaults, 1, 0.0)
            hint = f"; the nearest known option is '{near[0]}'" if near else ""
            known = ", ".join(self.defaults) or "none"
            raise ValueError(f"{self.name} has no option '{key}'{hint} (known: {known})")
        default = self.defaults[key]
        if type(value) is not type(default) and (type(default), type(value)) != (float, int):
            raise ValueError(f"{self.name}: {key}={value!r} should be of type {type(default).__name__}")


def at_least(owner: Dataset, **lowest: int) -> None:
    """Raise ValueError for the first of the options that is below its lowest value."""
    for option, low in lowest.items():
        if owner.options[option] < low:
            raise ValueError(f"{owner.name}: {option}={owner.options[option]} is too small; at least {low}")


def stamp(root: Path, files: list[str]) -> str:
    """A hash of files' names, sizes and times: it changes when any of them does, without reading them."""
    digest = hashlib.sha256()
    for file in files:
        status = (root / file).stat()
        digest.update(os.fsencode(f"{file}\0{status.st_size}\0{status.st_mtime_ns}\n"))
    return digest.hexdigest()


class _Writer:
    """Appends chunks to .npy files whose headers get the final length at the end, in bounded memory."""

    def __init__(self, folder: Path, split: str) -> None:
        self.folder, self.split = folder, split
        self.files: dict[str, Any] = {}
        self.heads: dict[str, tuple[np.dtype, tuple[int, ...], int]] = {}  # dtype, row shape, rows
        self.names: dict[str, Any] = {}

    def append(self, chunk: Split) -> None:
        for field in fields(chunk):
            value = getattr(chunk, field.name)
            if isinstance(value, np.ndarray):
                self._rows(field.name, np.ascontiguousarray(value))
            elif value is not None:
                self.names[field.name] = value

    def _rows(self, name: str, rows: np.ndarray) -> None:
        if name not in self.files:
            self.files[name] = (self.folder / f"{self.split}.{name}.npy").open("wb")
            self.heads[name] = (rows.dtype, rows.shape[1:], 0)
            self._header(name)
        dtype, shape, count = self.heads[name]
        assert (rows.dtype, rows.shape[1:]) == (dtype, shape), f"{name}: {rows.dtype} {rows.shape}"
        self.files[name].write(rows.data)
        self.heads[name] = (dtype, shape, count + len(rows))

    def _header(self, name: str) -> None:
        dtype, shape, count = self.heads[name]
        descr = np.lib.format.dtype_to_descr(dtype)
        head = {"descr": descr, "fortran_order": False, "shape": (count, *shape)}
        self.files[name].seek(0)
        np.lib.format.write_array_header_1_0(self.files[name], head)  # with room for a longer first axis

    def __enter__(self) -> "_Writer":
        return self

    def __exit__(self, kind: Any, *rest: Any) -> None:
        for name, file in self.files.items():
            if kind is None:
                self._header(name)
                file.flush()
                os.fsync(file.fileno())
            file.close()
