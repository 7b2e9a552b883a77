"""Labels as zeros and ones: class numbers, a CSV with a header, or CelebA's list_attr text."""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

_VALUES = {"1": 1, "0": 0, "-1": 0}


def read_labels(path: Path) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """File name -> uint8 [L], and the L names.

    CSV: a header `file,Name,Name...`, then a row a file. Text: the number of rows, the names, then the rows,
    apart by blanks. Values are 1 for yes, 0 or -1 for no. Raises ValueError that names the line.
    """
    rows: dict[str, np.ndarray] = {}
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        if path.suffix.lower() == ".csv":
            lines: Iterator[list[str]] = csv.reader(file)
            names, number = tuple(name.strip() for name in next(lines, [])[1:]), 1
        else:
            lines = (line.split() for line in file)
            next(lines, None)
            names, number = tuple(next(lines, [])), 2
        if not names or len(set(names)) != len(names):
            raise ValueError(f"{path}: no header of different attribute names")
        try:
            for line in lines:
                number += 1
                if not line:
                    continue
                if len(line) != len(names) + 1:
                    raise ValueError(f"{len(line) - 1} values for {len(names)} attributes")
                if line[0] in rows:
                    raise ValueError(f"a second row for {line[0]}")
                rows[line[0]] = np.array([_VALUES[value.strip()] for value in line[1:]], np.uint8)
        except KeyError as error:
            raise ValueError(f"{path}: line {number}: value {error} is none of 1, 0, -1") from error
        except (ValueError, csv.Error) as error:
            raise ValueError(f"{path}: line {number}: {error}") from error
    return rows, names


def labels_of(files: list[str], path: Path | None) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """uint8 [n, L] for the files, in their order, and the L names; ValueError if any file has no row."""
    if path is None:
        return None, ()
    table, names = read_labels(path)
    rows = [table.get(file, table.get(file.rsplit("/", 1)[-1])) for file in files]  # a path or a bare name
    missing = [file for file, row in zip(files, rows, strict=True) if row is None]
    if missing:
        raise ValueError(f"{path}: no row for {missing[0]} ({len(missing)} of {len(files)} images have none)")
    return np.stack([row for row in rows if row is not None]), names


def one_hot(classes: np.ndarray, count: int) -> np.ndarray:
    """uint8 [n, count] for class numbers [n]."""
    return np.eye(count, dtype=np.uint8)[classes]
