"""A results folder as one tar file, to go on with on another machine: runs with their checkpoints, and references.

Nothing in it is run or unpickled; a file is written only where its checksum, its place and its size are what the list at
the archive's beginning says.
"""

import hashlib
import json
import math
import os
import shutil
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path, PurePosixPath

from benchmarks.storage.files import sha256_of, write_atomic
from benchmarks.storage.ownership import RUNS, set_aside
from benchmarks.storage.run_folder import HISTORY, RECORD, RunFolder, rows

LIST = "bidigan-files.json"
FOLDERS = (RUNS, "references")
STAGING = ".unpacked"  # runs that are not whole yet
LARGEST = 16 * 2**30  # bytes of one file


def pack(out: Path, target: Path) -> int:
    """Writes the runs and references of the results folder `out` into `target`; returns its size in bytes.

    Raises ValueError as `check_target`.
    """
    check_target(target)
    files = sorted(
        path
        for folder in FOLDERS
        for path in (out / folder).rglob("*")
        if path.is_file() and not path.name.startswith(".")
    )
    listed = {path.relative_to(out).as_posix(): sha256_of(path) for path in files}
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
            _add(tar, LIST, json.dumps(listed, indent=0, sort_keys=True).encode())
            for path in files:
                tar.add(path, path.relative_to(out).as_posix(), recursive=False)
        os.chmod(temporary, 0o644)
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return target.stat().st_size


def check_target(target: Path) -> None:
    """Raises ValueError where an archive cannot be written, or would overwrite what is none."""
    if not target.absolute().parent.is_dir():
        raise ValueError(f"--pack {target}: there is no folder {target.absolute().parent}")
    if not target.exists():
        return
    try:
        with tarfile.open(target, "r:") as tar:
            first = tar.next()
    except (OSError, tarfile.TarError):
        first = None
    if first is None or first.name != LIST:
        raise ValueError(f"--pack {target}: is there, and --pack did not write it: give another name")


def check_source(source: Path) -> None:
    """Raises ValueError where there is no file to unpack."""
    if not source.is_file():
        raise ValueError(f"--unpack {source}: there is no such file")


def unpack(source: Path, out: Path) -> int:  # noqa: C901 - one check a kind of member
    """Writes what `source` holds below the results folder `out`; returns how many files.

    A run that has come as far here, or farther, stays as it is, so that a command may be given twice; one that is behind is
    set aside. Raises ValueError for a file that is not such an archive, is damaged or does not belong below `out`, before
    anything of it is written.
    """
    check_source(source)
    try:
        with tarfile.open(source, "r:") as tar:
            first = tar.next()
            if first is None or first.name != LIST:
                raise ValueError(f"--unpack {source}: not a file that --pack wrote")
            listed: dict[str, str] = json.loads(_read(tar, first))
            if not isinstance(listed, dict):
                raise ValueError(f"--unpack {source}: not a file that --pack wrote")
            members = [_checked(member, listed, source) for member in tar.getmembers()[1:]]
            if {member.name for member in members} != listed.keys():
                raise ValueError(f"--unpack {source}: files are missing")
            ahead = {run for run in _runs(listed) if _reached(tar, listed, run) > _reached_here(out, run)}
            wanted = [member for member in members if _is_wanted(out, member.name, ahead)]
            shutil.rmtree(out / STAGING, ignore_errors=True)
            for verify in (True, False):  # all is verified before anything is written
                for member in wanted:
                    content = _read(tar, member)
                    if verify and hashlib.sha256(content).hexdigest() != listed[member.name]:
                        raise ValueError(
                            f"--unpack {source}: {member.name} is damaged: its checksum does not match"
                        )
                    if not verify:
                        whole = PurePosixPath(member.name).parts[0] != RUNS
                        write_atomic((out if whole else out / STAGING) / member.name, content)
            for run in sorted(ahead):  # each appears at once, whole
                if (out / RUNS / run).is_dir():
                    set_aside(out, out / RUNS / run)
                (out / RUNS).mkdir(exist_ok=True)
                os.replace(out / STAGING / RUNS / run, out / RUNS / run)
            shutil.rmtree(out / STAGING, ignore_errors=True)
    except (tarfile.TarError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"--unpack {source}: not a file that --pack wrote ({error})") from None
    return len(wanted)


def _checked(member: tarfile.TarInfo, listed: dict[str, str], source: Path) -> tarfile.TarInfo:
    path = PurePosixPath(member.name)
    of_a_run = len(path.parts) > 2 and path.parts[0] in FOLDERS  # folder, run, file
    inside = of_a_run and not path.is_absolute() and ".." not in path.parts
    if not member.isreg() or not inside or member.name not in listed or member.size > LARGEST:
        raise ValueError(f"--unpack {source}: {member.name!r} does not belong into a results folder")
    return member


def _runs(listed: dict[str, str]) -> set[str]:
    return {PurePosixPath(name).parts[1] for name in listed if PurePosixPath(name).parts[0] == RUNS}


def _reached(tar: tarfile.TarFile, listed: dict[str, str], run: str) -> float:
    """Returns the last step that a packed run has a row of, infinity where it is finished."""
    if f"{RUNS}/{run}/{RECORD}" in listed:
        return math.inf
    history = f"{RUNS}/{run}/{HISTORY}"
    text = _read(tar, tar.getmember(history)).decode(errors="replace") if history in listed else ""
    return max((step for step, _ in rows(text) if step is not None), default=0)


def _reached_here(out: Path, run: str) -> float:
    """Returns the same of a run in `out`; -1 where there is none."""
    folder = RunFolder(out, run)
    if (folder.path / RECORD).exists():
        return math.inf
    steps = (step for step, _ in folder.history_lines() if step is not None)
    return max(steps, default=0) if folder.path.is_dir() else -1


def _is_wanted(out: Path, name: str, ahead: set[str]) -> bool:
    """Whether a file is of a run that has come farther than here, or of reference rows that are not here."""
    folder, run, *_ = PurePosixPath(name).parts
    return run in ahead if folder == RUNS else not (out / name).exists()


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    assert file is not None
    return file.read()


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, BytesIO(content))
