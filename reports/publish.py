"""Results worth committing: values, configuration, command and a few pictures of a folder, under reports/published/<name>/."""

import io
import json
import shutil
import tempfile
from fnmatch import fnmatch
from pathlib import Path

from PIL import Image

FOLDER = Path(__file__).parent / "published"
FIGURES = (
    "samples*.png",
    "reconstructions*.png",
    "points*.png",
    "latent*.png",
    "categor*.png",
    "translations*.png",
    "collapse-steps*.png",
)
STORE = ("results.parquet", "records.parquet", "meta.json")
PAGE = "README.md"


def kept(path: Path) -> bool:
    """Whether a published store has such a file."""
    return path.name in (*STORE, "config.json", "command.txt", PAGE) or any(
        fnmatch(path.name, pattern) for pattern in FIGURES
    )


def check_name(folder: Path, name: str, replace: bool = False) -> None:
    """Raises ValueError for a name that is not a plain word, is that of the folder itself, or is taken and not to be replaced."""
    if folder.resolve() == (FOLDER / name).resolve():
        raise ValueError(
            f"--publish {name}: {folder} is what it would replace; python -m reports --refresh renders it again"
        )
    if not name.replace("-", "").replace("_", "").isalnum():
        raise ValueError(f"--publish {name!r}: use letters, digits, - and _")
    if (FOLDER / name).exists() and not replace:
        raise ValueError(
            f"--publish {name}: {FOLDER / name} holds published results: give another name, or --replace as well"
        )


def publish(folder: Path, name: str) -> Path:
    """Copies what is small and says enough; an earlier version of `name` is replaced. Returns the new folder."""
    target = FOLDER / name
    FOLDER.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=FOLDER, prefix=f".{name}."))
    try:
        _fill(made, folder)
        shutil.rmtree(target, ignore_errors=True)
        made.chmod(0o755)
        made.rename(target)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return target


def small(picture: Path) -> bytes:
    """Returns a PNG file's content in 128 colours."""
    buffer = io.BytesIO()
    Image.open(picture).quantize(128, dither=Image.Dither.NONE).save(buffer, "png", optimize=True)
    return buffer.getvalue()


def _fill(target: Path, folder: Path) -> None:
    """Copies pictures, configuration, command and stored values of a results folder."""
    wanted = [folder / name for name in STORE]
    wanted += [path for pattern in FIGURES for path in (folder / "figures").glob(pattern)]
    for path in sorted(wanted):
        if path.suffix == ".png":
            (target / path.name).write_bytes(small(path))
        else:
            shutil.copy(path, target / path.name)
    meta = json.loads((folder / "meta.json").read_text())
    meta.pop("argv", None)  # it names places of this machine
    (target / "meta.json").write_text(json.dumps(meta, indent=1) + "\n")
    (target / "command.txt").write_text(meta["command"] + "\n")
    (target / "config.json").write_text(
        json.dumps([part["config"] for part in meta["parts"]], indent=1) + "\n"
    )
