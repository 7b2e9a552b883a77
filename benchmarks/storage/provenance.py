"""What results were made with: library versions and revision, kept with every run and every metric's values."""

import platform
import subprocess
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

# Apart from torch, the libraries whose version may move a metric's value.
MEASURING = ("torch-fidelity", "ImageHash")
LIBRARIES = ("torch", "torchvision", "numpy", "scipy", "pandas", "scikit-learn", *MEASURING)

THEN = " then "


@cache
def made_with() -> dict[str, str]:
    """Returns versions by name, as of when this process began; torch's with its build."""
    import torch

    libraries = {name: version(name) for name in MEASURING}
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        **libraries,
        "revision": revision(),
    }


@cache
def revision() -> str:
    """Returns the checkout's revision, with + if files differ from it; empty outside a checkout."""
    root = Path(__file__).parents[2]
    try:
        made = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--exclude=*"],
            cwd=root,
            capture_output=True,
            text=True,
        )
    except OSError:
        return ""
    return made.stdout.strip() if made.returncode == 0 else ""


def joined(before: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    """Joins the versions of work that went on with others: `2.11.0 then 2.15.0` where they differ."""

    def one(name: str) -> str:
        old = before.get(name, now[name])
        return old if old.split(THEN)[-1] == now[name] else f"{old}{THEN}{now[name]}"

    return {name: one(name) for name in now}
