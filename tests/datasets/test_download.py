"""--download, against a server on this machine: the files arrive where they are looked for, or one line says why not."""

import gzip
import hashlib
import struct
import tarfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
import torchvision.datasets

from datasets import _download
from datasets.base import Dataset, downloaded
from datasets.cifar10 import Cifar10
from datasets.fashion_mnist import FashionMnist
from datasets.folder import Folder
from datasets.mnist import Mnist
from datasets.stacked import StackedMnist
from datasets.toonfaces import Toonfaces
from tests.datasets.test_published import write_cifar, write_mnist


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *rest: object) -> None:
        """Nothing."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Address and folder of a server."""
    folder = tmp_path / "served"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as http:
        Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}/", folder
        http.shutdown()


def md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes()).hexdigest()


def serve_mnist(address: str, folder: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write_mnist(folder)
    theirs = getattr(torchvision.datasets, kind)
    monkeypatch.setattr(theirs, "mirrors", [address])
    files = [(name, md5(folder / name)) for name, _ in theirs.resources]
    monkeypatch.setattr(theirs, "resources", files)


@pytest.mark.parametrize(
    ("cls", "kind"), [(Mnist, "MNIST"), (FashionMnist, "FashionMNIST"), (StackedMnist, "MNIST")]
)
def test_mnist_arrives(
    cls: type[Dataset], kind: str, server: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_mnist(*server, kind, monkeypatch)
    cache = tmp_path / "cache"
    with pytest.raises(ValueError, match="--data-root is missing; --download gets them"):
        cls(cache)
    for _ in range(2):  # what is there is kept
        cls.fetch(downloaded(cache))
    served = gzip.decompress((server[1] / "t10k-labels-idx1-ubyte.gz").read_bytes())
    assert Mnist(cache).content == Mnist(cache, server[1]).content if kind == "MNIST" else served
    assert cls(cache).root == downloaded(cache) and cls(cache).shape[1:] == (32, 32)


def test_a_broken_download_is_one_line(
    server: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_mnist(*server, "MNIST", monkeypatch)
    (server[1] / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(struct.pack(">I", 0)))
    with pytest.raises(
        ValueError, match=r"mnist: cannot be downloaded \(.*(not found|corrupted).*\); --download"
    ) as e:
        Mnist.fetch(tmp_path / "d")
    assert "\n" not in str(e.value)
    monkeypatch.setattr(torchvision.datasets.MNIST, "mirrors", ["http://127.0.0.1:9/"])
    with pytest.raises(ValueError, match=r"mnist: cannot be downloaded \(.*refused"):
        Mnist.fetch(tmp_path / "e")


def test_cifar10_arrives_in_its_binary_version(
    server: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, folder = server
    written = write_cifar(tmp_path / "made" / "cifar-10-batches-bin")
    with tarfile.open(folder / "cifar.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "made" / "cifar-10-batches-bin", "cifar-10-batches-bin")
    monkeypatch.setattr(_download, "CIFAR10", f"{address}cifar.tar.gz")
    monkeypatch.setattr(_download, "CIFAR10_MD5", md5(folder / "cifar.tar.gz"))
    cache = tmp_path / "cache"
    Cifar10.fetch(downloaded(cache))
    labels = np.asarray(Cifar10(cache).split("test").labels)
    np.testing.assert_array_equal(labels.argmax(1), written["test"][1])


@pytest.mark.parametrize("cls", [Folder, Toonfaces])
def test_nothing_to_download(cls: type[Dataset], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"{cls.name}: there is nothing to download"):
        cls.fetch(tmp_path)
