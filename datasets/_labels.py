"""Labels as zeros and ones: a table with a header, CelebA's list_attr text, or the subfolders that images lie in."""

import csv
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from datasets._store import Split, printable

_VALUES = {"1": 1, "0": 0, "-1": 0, "true": 1, "false": 0, "yes": 1, "no": 0, "1.0": 1, "0.0": 0, "-1.0": 0}
MOST = 1000  # classes


@dataclass(frozen=True)
class Labels:
    """values: uint8 [n, L], 0/1; kind: "attributes", or "classes" where rows are one-hot."""

    values: np.ndarray
    names: tuple[str, ...]
    kind: str = "attributes"

    def split(self, images: np.ndarray, rows: np.ndarray) -> Split:
        """`images` with the labels of `rows`."""
        return Split(images, self.values[rows], self.names, self.kind)


@dataclass(frozen=True)
class Table:
    """Text of each row by the file it is about, in the file's order; the lines that the rows stand on."""

    path: Path
    names: tuple[str, ...]
    rows: dict[str, list[str]]
    lines: dict[str, int]


def read_table(path: Path) -> Table:
    """The rows of a label file, by the name of the image.

    CSV (commas, semicolons or tabs): a header `file,Name,Name...`, then a row a file. Text: the number of rows,
    the names, then the rows, separated by blanks; a file's own name may have blanks in it. Raises ValueError that
    names the line.
    """
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        text = file.read().splitlines()
    tabular = path.suffix.lower() == ".csv"
    if tabular:
        mark = max(",;\t", key=(text or [""])[0].count)
        try:
            lines = list(csv.reader(text, delimiter=mark, strict=True))
        except csv.Error as error:
            raise ValueError(f"{path}: {error}") from error
        names, first = tuple(name.strip() for name in (lines or [[]])[0][1:]), 1
    else:
        lines = [line.split() for line in text]
        names, first = tuple((lines[1:] or [[]])[:1][0]), 2
    if not names or len(set(names)) != len(names):
        raise ValueError(f"{path}: no header of different attribute names")
    table = Table(path, names, {}, {})
    for number, line in enumerate(lines[first:], first + 1):
        if not any(line):
            continue
        blanks = max(0, len(line) - 1 - len(names)) if not tabular else 0
        name, values = (
            _normalised(" ".join(line[: blanks + 1])),
            [value.strip() for value in line[blanks + 1 :]],
        )
        if len(values) != len(names):
            raise ValueError(f"{path}: line {number}: {len(values)} values for {len(names)} attributes")
        if name in table.rows:
            raise ValueError(f"{path}: line {number}: a second row for {name}")
        table.rows[name], table.lines[name] = values, number
    return table


def labels_of(files: Sequence[str], path: Path, column: str = "") -> Labels:
    """The labels of `files`, in their order, from the table at `path`.

    column: the only one to use. One column of other values than yes and no (1, 0, -1, true, ...) names classes.
    Raises ValueError for a file without a row, for a row that could be about two files, and for other values.
    """
    table = read_table(path)
    if column and column not in table.names:
        raise ValueError(f"{path}: there is no column {column!r}; known are {', '.join(table.names)}")
    at = [i for i, name in enumerate(table.names) if column in ("", name)]
    keys = _rows_of(files, table)
    for name, row in table.rows.items():
        if blank := [table.names[i] for i in at if not row[i]]:
            raise ValueError(f"{path}: line {table.lines[name]}: no value for {blank[0]}")
    if len(at) == 1 and any(row[at[0]].lower() not in _VALUES for row in table.rows.values()):
        return classes([table.rows[key][at[0]] for key in keys], f"{path}: {table.names[at[0]]}")
    for name, row in table.rows.items():
        for i in at:
            if row[i].lower() not in _VALUES:
                where = f"{path}: line {table.lines[name]}: value {row[i]!r} is none of 1, 0, -1, true, false, yes, no"
                choose = f"; data.labels = '{path.name}:{table.names[i]}' takes this column's as classes"
                raise ValueError(where + choose)
    values = np.array([[_VALUES[table.rows[key][i].lower()] for i in at] for key in keys], np.uint8)
    return Labels(values, tuple(printable(table.names[i]) for i in at))


def _rows_of(files: Sequence[str], table: Table) -> list[str]:
    """The key of each file's row: its path, or its bare name where no other file has it; with its ending or without."""
    keys = [next((name for name in _names(file) if name in table.rows), "") for file in files]
    missing = [file for file, key in zip(files, keys, strict=True) if key not in table.rows]
    if missing:
        raise ValueError(
            f"{table.path}: no row for {missing[0]} ({len(missing)} of {len(files)} images have none)"
        )
    twice = next((key for key, count in Counter(keys).items() if count > 1), None)
    if twice is not None:
        both = [file for file, key in zip(files, keys, strict=True) if key == twice]
        raise ValueError(
            f"{table.path}: line {table.lines[twice]}: {twice} could be {both[0]} or {both[1]}: write such paths in it"
        )
    return keys


def _names(file: str) -> list[str]:
    """What a row may call a file, the most exact name first."""
    whole = _normalised(file)
    return [
        whole,
        whole.rsplit("/", 1)[-1],
        whole.rsplit(".", 1)[0],
        whole.rsplit("/", 1)[-1].rsplit(".", 1)[0],
    ]


def unused_rows(files: Sequence[str], path: Path) -> list[str]:
    """A note where the table has rows about none of the files."""
    known = {name for file in files for name in _names(file)}
    unused = [name for name in read_table(path).rows if name not in known]
    if not unused:
        return []
    rows = "1 row is" if len(unused) == 1 else f"{len(unused)} rows are"
    return [f"{path.name}: {rows} about no image here, such as {unused[0]}"]


def subfolders(files: Sequence[str], root: Path) -> Labels:
    """Classes by the first folder of each path."""
    outside = [file for file in files if "/" not in file]
    if outside:
        raise ValueError(f"{root}: {len(outside)} images lie in no subfolder, such as {outside[0]}")
    return classes([file.split("/", 1)[0] for file in files], f"{root}: subfolders")


def classes(values: Sequence[str], where: str) -> Labels:
    """One-hot classes, in the order of their numbers or names. Raises ValueError where there are too many to be any."""
    numbers = all(value.lstrip("-").isdecimal() for value in values)
    names = sorted(set(values), key=int if numbers else str)
    if len(names) > min(MOST, max(2, len(values) // 2)):
        raise ValueError(
            f"{where}: {len(names)} different values on {len(values)} images, too many for classes "
            f"(at most {MOST}, two images each)"
        )
    index = {name: i for i, name in enumerate(names)}
    rows = np.array([index[value] for value in values])
    return Labels(one_hot(rows, len(names)), tuple(map(printable, names)), "classes")


def _normalised(name: str) -> str:
    """A path as `list_images` writes it, its accents composed: some systems take them apart."""
    return unicodedata.normalize("NFC", name.strip().replace("\\", "/").removeprefix("./"))


def one_hot(classes: np.ndarray, count: int) -> np.ndarray:
    """uint8 [n, count] for class numbers [n]."""
    return np.eye(count, dtype=np.uint8)[classes]
