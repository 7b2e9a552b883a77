"""Public data sets from where torchvision gets them, checked against the checksums that it knows."""

import os
import tarfile
import tempfile
from pathlib import Path

CIFAR10 = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
CIFAR10_MD5 = "c32a1d4ab5d03f1284b67883e8d87530"  # as its page says


def fetch(name: str, kind: str, root: Path, where: str) -> None:
    """Files of torchvision's class `kind` ("" for none) below `root`, in its layout; what is there already is kept.

    Raises ValueError, in one line with the other way to get the files, where that fails.
    """
    if not kind:
        raise ValueError(f"{name}: there is nothing to download{'; ' if where else ''}{where}")
    import torchvision.datasets

    root.mkdir(parents=True, exist_ok=True)
    try:
        if kind == "CIFAR10":
            _cifar10(root)
        else:
            getattr(torchvision.datasets, kind)(str(root), download=True)
    except (OSError, RuntimeError, ImportError, ValueError) as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        reason = " ".join(lines[-2:]) or type(error).__name__
        raise ValueError(f"{name}: cannot be downloaded ({reason}); {where}") from error


def _cifar10(root: Path) -> None:
    """The binary version: torchvision reads the one that is pickled."""
    from torchvision.datasets.utils import download_url

    folder = "cifar-10-batches-bin"
    if not (root / folder / "test_batch.bin").exists():
        download_url(CIFAR10, str(root), filename=Path(CIFAR10).name, md5=CIFAR10_MD5)
        with tempfile.TemporaryDirectory(dir=root, prefix=".cifar10-") as parts:
            with tarfile.open(root / Path(CIFAR10).name) as archive:
                archive.extractall(parts, filter="data")
            (root / folder).mkdir(exist_ok=True)
            for file in sorted(
                (Path(parts) / folder).iterdir(), key=lambda file: file.name == "test_batch.bin"
            ):
                os.replace(file, root / folder / file.name)
