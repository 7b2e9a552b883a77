"""The contract of a data set: two splits of images or points, decoded once into memory-mapped arrays.

A data set is one subclass in one file. It states its options and yields its images in chunks; this module checks the options,
names the content, and writes the chunks into a cache folder that appears only when it is complete.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from datasets import _content, _download, _held_out, _notes, _options
from datasets._options import at_least as at_least
from datasets._store import Split as Split
from datasets._store import Writer, arrays, locked, printable

SPLITS = ("train", "test")
Progress = Callable[[int, int], None]  # (images done, images in all)


class Dataset:
    """Base of all data sets. A subclass gives the class attributes, `shape`, `chunks` and, without n_train and n_test, `total`.

    Each has the option `validation`: part of the training images is the test split, as while one chooses.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]  # one line
    version: ClassVar[int]  # raised when the arrays change
    kind: ClassVar[str] = "images"  # or "points"
    defaults: ClassVar[dict[str, Any]] = {}
    needs_root: ClassVar[bool] = False
    modes: np.ndarray | None = None  # [K, d] centres of a known mixture
    mode_std: float = 0.0  # of each of its Gaussians
    reach: float = 3.0  # how many of them a high-quality point may be off
    extent: float = 0.0  # points: densities are compared in [-extent, extent]^2; 0: nowhere
    where: ClassVar[str] = ""  # where to get the files and where to put them, for the message about a root
    # options added after runs were first named: left out of their names at the default
    later: ClassVar[tuple[str, ...]] = ()
    fixable: ClassVar[tuple[str, ...]] = ()  # factors that the option `fixed` can hold
    whole_root: ClassVar[bool] = False  # whatever lies below the root may be data: nothing is written there
    # torchvision's class that downloads the files; without a root they are looked for there
    torchvision: ClassVar[str] = ""
    published: ClassVar[str] = ""  # `content` of the files as published, which the data set's name stands for
    # hash of the code of one from outside, set where it is registered: it names the cache too
    code: ClassVar[str] = ""
    validates: ClassVar[bool] = False  # its `chunks` know the option `validation`; else a sixth is held out

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.defaults = {**cls.defaults, "validation": False}
        cls.later = tuple(dict.fromkeys((*cls.later, "validation")))

    def __init__(self, cache: Path, root: Path | None = None, **options: Any) -> None:
        for key, value in options.items():
            _options.check(self, key, value)
        self.cache = Path(cache)
        given = {key: type(self.defaults[key])(value) for key, value in options.items()}  # 1 becomes 1.0
        self.options: dict[str, Any] = {**self.defaults, **given}
        if self.needs_root:
            if root is None and self.torchvision and downloaded(self.cache).is_dir():
                root = downloaded(self.cache)
            if root is None:
                raise ValueError(f"{self.name}: the flag --data-root is missing; {self.where}")
            if not Path(root).exists():
                raise ValueError(f"{self.name}: --data-root {root} does not exist; {self.where}")
        self.root = Path(root) if root is not None else None
        self._progress: Progress | None = None
        self.enlarged: list[str] = []  # images smaller than asked for, by the name of their file
        self.check()

    # What a subclass defines.

    @classmethod
    def fetch(cls, root: Path) -> None:
        """Download the published files below `root`, unless they are there. Raises ValueError where that cannot be."""
        _download.fetch(cls.name, cls.torchvision, root, cls.where)

    def check(self) -> None:
        """Raise ValueError where an option's value makes no sense, or a file below the root is missing."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(C, H, W) of an image, or (p,) of a point."""
        raise NotImplementedError

    def source(self) -> Any:
        """What the arrays depend on besides the options: anything JSON can write, such as `self.stamp(root, files)`; None for
        data that are generated. By default every file below the root counts.
        """
        if not self.needs_root or self.root is None:
            return None
        if self.root.is_file():
            return list(self.digests(self.root.parent, [self.root.name]).values())
        paths = (path for path in self.root.rglob("*") if path.is_file())
        return self.stamp(self.root, [path.relative_to(self.root).as_posix() for path in paths])

    def total(self) -> int:
        """Images in both splits, for the progress display: n_train and n_test, where these are options."""
        return int(self.options["n_train"] + self.options["n_test"])

    def empty(self) -> bool:
        """Whether a root that is there holds no data; only what is cheap to say without reading them."""
        return False

    def rng(self, split: str) -> np.random.Generator:
        """What the images of a split are drawn with, from the option seed."""
        seeds = np.random.SeedSequence([self.options["seed"], SPLITS.index(split)])
        return np.random.default_rng(seeds)

    def chunks(self, split: str) -> Iterator[Split]:
        """The images of "train" or "test", a few at a time, always in the same order."""
        raise NotImplementedError

    def digests(self, root: Path, files: Iterable[str], unpack: bool = False) -> dict[str, str]:
        """For `source`: SHA-256 by file, "" for one that is not there; unpack: of what gzip packed."""
        return _content.digests(root, files, self.cache, self._progress, unpack)

    def stamp(self, root: Path, files: Iterable[str]) -> str:
        """For `source`: one hash of what the files hold and are called, wherever they are and whenever written."""
        return _content.joined(self.digests(root, files))

    def remarks(self) -> list[str]:
        """What people should know about the files that were read, a line each."""
        return []

    # What everyone else uses.

    @property
    def named(self) -> dict[str, Any]:
        """The options that names are made of."""
        return {k: v for k, v in self.options.items() if k not in self.later or v != self.defaults[k]}

    @cached_property
    def content(self) -> str:
        """What the files from outside hold, 16 hex digits; "" for generated data and for files as published."""
        source = self._source
        digest = "" if source is None else _content.digest(source)
        return "" if digest == self.published else digest

    def identify(self, progress: Progress | None = None) -> str:
        """Returns `content`, reporting (megabytes, of) while files are read."""
        self._progress = progress
        return self.content

    @cached_property
    def key(self) -> str:
        """Content name: data set, version, options, source, and the code of one from outside. Names the cache folder."""
        known = [self.name, self.version, self.named, self._source, *([self.code] if self.code else [])]
        text = json.dumps(known, sort_keys=True)
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
        made = arrays(self._folder, name)
        for field, value in self._meta[name].items():
            made[field] = tuple(value) if isinstance(value, list) else value
        return Split(**made)

    @property
    def left_out(self) -> list[str]:
        """The files that `skip_bad` left out, each with its reason."""
        self.prepare()
        return list(self._meta["left_out"])

    @property
    def notes(self) -> list[str]:
        """`remarks`, and what is odd about the arrays of data from outside, a line each."""
        self.prepare()
        return [printable(line) for line in self._meta.get("notes", [])]

    def leave_out(self, reason: str) -> None:
        """For `chunks`: a bad image ends the building, unless the option skip_bad says to go on."""
        if not self.options.get("skip_bad"):
            raise ValueError(f"{self.name}: {reason}; --skip-bad-images leaves such images out")
        if reason not in self._left_out:
            self._left_out.append(reason)

    # Inside.

    def _build(self, folder: Path, progress: Progress | None) -> None:
        folder.mkdir()
        self._left_out: list[str] = []
        self.enlarged.clear()
        meta: dict[str, Any] = {"left_out": self._left_out}
        done, total = 0, self.total()
        for split in SPLITS:
            with Writer(folder, split, self) as writer:
                for chunk in self._parts(split):
                    writer.append(chunk)
                    done += len(chunk)
                    if progress is not None:
                        progress(done, total)
            if not writer.names:
                raise ValueError(f"{self.name}: no images for the {split} split")
            meta[split] = writer.names
        if self.needs_root or self.content:
            small = _notes.enlarged(self.enlarged, self.options.get("size"))
            meta["notes"] = [*self.remarks(), *small, *_notes.look(folder, meta)]
        (folder / "meta.json").write_text(json.dumps(meta, indent=1))
        folder.rename(self._folder)

    def _parts(self, split: str) -> Iterator[Split]:
        if self.validates or not self.options["validation"]:
            return self.chunks(split)
        parts = (_held_out.part(chunk, split == "test") for chunk in self.chunks("train"))
        return (part for part in parts if len(part))

    @cached_property
    def _source(self) -> Any:
        return self.source()

    @property
    def _folder(self) -> Path:
        return self.cache / self.key

    @cached_property
    def _meta(self) -> dict[str, Any]:
        return dict(json.loads((self._folder / "meta.json").read_text()))


def downloaded(cache: Path) -> Path:
    """Returns where `fetch` puts files by default."""
    return cache / "downloads"
