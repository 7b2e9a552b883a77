"""What is published, so that a number can be cited: per preset how it was made, and the SHA-256 of every file of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.results import sha256_of, write_atomic
from reports.documents.evidence import page
from reports.publish import FOLDER, PAGE
from reports.refresh import stores
from reports.store import Store
from reports.tables.provenance import gpus

NAME = "INDEX.json"


def entry(folder: Path) -> dict[str, Any]:
    """Returns what the index says of one published store; what a store did not record is null."""
    store = Store.open(folder)
    meta, records = store.meta, store.records
    data = [
        {
            "dataset": part["dataset"],
            "family": part["family"],
            "options": part["options"],
            "data": part.get("data"),
        }
        for part in meta["parts"]
    ]
    return {
        "preset": meta["preset"],
        "title": meta["title"],
        "command": (folder / "command.txt").read_text().strip(),
        "revision": meta["revision"],
        "revisions_of_runs": sorted({r for r in records["revision"] if r}),
        "created": meta["created"],
        "versions": meta["versions"],
        "data": data,
        "seeds": sorted({int(seed) for seed in records["seed"].dropna()}),
        "runs": len(records),
        "hours": round(
            float(records["wall_s"].sum()) / 3600, 2
        ),  # of training, of all runs; a run takes one core
        "gpus": gpus(records),  # that runs shared, if any
        "files": {path.name: sha256_of(path) for path in sorted(folder.iterdir()) if path.is_file()},
    }


def write_index() -> bool:
    """Writes the index of every published store; returns whether it changed."""
    path = FOLDER / NAME
    text = json.dumps({folder.name: entry(folder) for folder in stores()}, indent=1) + "\n"
    changed = not path.exists() or path.read_text() != text
    if changed:
        write_atomic(path, text)
    return changed


def read_index(path: Path) -> dict[str, dict[str, Any]]:
    """Returns the index. Raises ValueError where it is damaged."""
    try:
        made: dict[str, dict[str, Any]] = json.loads(path.read_text())
    except ValueError as error:
        raise ValueError(f"{path} is damaged: {error}") from None
    if not isinstance(made, dict) or not all(isinstance(known, dict) for known in made.values()):
        raise ValueError(f"{path} is damaged: an entry per preset is wanted")
    return made


def listed(folder: Path) -> set[str]:
    """Returns the names of a published store's files that the index beside it knows."""
    path = folder.parent / NAME
    return set(read_index(path).get(folder.name, {}).get("files") or {}) if path.exists() else set()


def differences(folder: Path, known: dict[str, Any]) -> list[str]:
    """Returns what one published store holds otherwise than the index or its own stored values say, naming the file."""
    try:
        here, wanted = entry(folder), page(folder)
    except (ValueError, OSError, KeyError) as error:
        return [f"{folder}: cannot be read: {str(error).splitlines()[0]}"]
    files, listed = here.pop("files"), dict(known.get("files") or {})
    found = [f"{folder / name}: is missing" for name in sorted(listed.keys() - files.keys())]
    found += [f"{folder / name}: is not in {NAME}" for name in sorted(files.keys() - listed.keys())]
    found += [
        f"{folder / name}: its SHA-256 is not the one in {NAME}"
        for name in sorted(files.keys() & listed.keys())
        if files[name] != listed[name]
    ]
    path = folder / PAGE
    if path.exists() and path.read_text(errors="replace") != wanted:
        found.append(f"{path}: is not what the stored values give")
    found += [
        f"{folder}: {NAME} says {name} {known.get(name)!r}, its own files {value!r}"
        for name, value in here.items()
        if known.get(name) != value
    ]
    return found


def verify(out: Path) -> Iterator[tuple[str, int, list[str]]]:
    """Yields (preset, files, what differs) of a folder with an index, or of one published store below such a folder.

    Raises ValueError for a damaged index.
    """
    one = not (out / NAME).exists()
    root = out.parent if one else out
    known = read_index(root / NAME)
    here = {path.parent.name for path in root.glob("*/results.parquet")}
    for name in [out.name] if one else sorted(known.keys() | here):
        folder = root / name
        if name not in known:
            yield name, 0, [f"{folder}: is not in {root / NAME}"]
        else:
            yield name, len(known[name].get("files") or {}), differences(folder, known[name])


def indexed(out: Path) -> bool:
    """Whether a folder is of published results: it has an index, or lies below one."""
    return (out / NAME).is_file() or ((out.parent / NAME).is_file() and (out / "command.txt").is_file())
