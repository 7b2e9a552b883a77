"""A results folder as one tar file, to go on with on another machine: runs with their checkpoints, and references.

Nothing in it is run or unpickled; a file is written only where its checksum, its place and its size are what the list at
the archive's beginning says.
"""

import hashlib
import json
import tarfile
from io import BytesIO
from pathlib import Path, PurePosixPath

from benchmarks.storage.files import write_atomic
from benchmarks.storage.run_folder import RECORD

LIST = "bidigan-files.json"
FOLDERS = ("runs", "references")
LARGEST = 16 * 2**30  # bytes of one file


def pack(out: Path, target: Path) -> int:
    """Writes the runs and references of the results folder `out` into `target`; returns its size in bytes."""
    files = sorted(
        path
        for folder in FOLDERS
        for path in (out / folder).rglob("*")
        if path.is_file() and not path.name.startswith(".")
    )
    listed = {path.relative_to(out).as_posix(): _sha256(path) for path in files}
    temporary = target.with_name(f".{target.name}.part")
    with tarfile.open(temporary, "w") as tar:
        _add(tar, LIST, json.dumps(listed, indent=0, sort_keys=True).encode())
        for path in files:
            tar.add(path, path.relative_to(out).as_posix(), recursive=False)
    temporary.replace(target)
    return target.stat().st_size


def unpack(source: Path, out: Path) -> int:
    """Writes what `source` holds below the results folder `out`; returns how many files.

    A finished run that is there already stays as it is. Raises ValueError for a file that is no such archive, is damaged
    or does not belong below `out`, before anything of it is written.
    """
    if not source.is_file():
        raise ValueError(f"--unpack {source}: there is no such file")
    try:
        with tarfile.open(source, "r:") as tar:
            first = tar.next()
            if first is None or first.name != LIST:
                raise ValueError(f"--unpack {source}: not a file that --pack wrote")
            listed: dict[str, str] = json.loads(_read(tar, first))
            members = [_checked(member, listed, source) for member in tar.getmembers()[1:]]
            if {member.name for member in members} != listed.keys():
                raise ValueError(f"--unpack {source}: files are missing")
            wanted = [member for member in members if not _finished(out, member.name)]
            for verify in (True, False):  # all is verified before anything is written; records come last
                for member in sorted(wanted, key=lambda m: PurePosixPath(m.name).name == RECORD):
                    content = _read(tar, member)
                    if verify and hashlib.sha256(content).hexdigest() != listed[member.name]:
                        raise ValueError(
                            f"--unpack {source}: {member.name} is damaged: its checksum does not match"
                        )
                    if not verify:
                        write_atomic(out / member.name, content)
    except (tarfile.TarError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"--unpack {source}: not a file that --pack wrote ({error})") from None
    return len(wanted)


def _checked(member: tarfile.TarInfo, listed: dict[str, str], source: Path) -> tarfile.TarInfo:
    path = PurePosixPath(member.name)
    inside = not path.is_absolute() and ".." not in path.parts and path.parts[0] in FOLDERS
    if not member.isreg() or not inside or member.name not in listed or member.size > LARGEST:
        raise ValueError(f"--unpack {source}: {member.name!r} does not belong into a results folder")
    return member


def _finished(out: Path, name: str) -> bool:
    folder, run, *_ = PurePosixPath(name).parts
    return folder == "runs" and (out / folder / run / RECORD).exists()


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    assert file is not None
    return file.read()


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, BytesIO(content))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
