"""Tensor files come back as they were; a byte that changed is found."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from benchmarks.storage import checkpoint

TENSORS = {
    "float": torch.randn(3, 4, generator=torch.Generator().manual_seed(0)),
    "turned": torch.arange(12.0).reshape(3, 4).T,
    "half": torch.ones(5, dtype=torch.bfloat16),
    "count": torch.tensor(7),
    "flag": torch.tensor([True, False]),
    "empty": torch.zeros(0, 3),
}


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(a[k].dtype == b[k].dtype and torch.equal(a[k], b[k]) for k in a)


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.safetensors"
    sha = checkpoint.write(path, TENSORS, step=3, counts={"G": 4}, wall_s=1.5)
    tensors, meta = checkpoint.read(path)
    assert same(tensors, TENSORS) and meta == {"step": 3, "counts": {"G": 4}, "wall_s": 1.5}
    assert sha == checkpoint.digest(tensors) == checkpoint.digest(dict(reversed(TENSORS.items())))
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_the_digest_sees_names_types_shapes_and_bytes() -> None:
    x = torch.arange(4.0)
    others = [
        {"b": x},
        {"a": x.double()},
        {"a": x.reshape(2, 2)},
        {"a": x + 1},
        {"a": x.flip(0)},
        {"a": x, "b": x},
    ]
    assert len({checkpoint.digest(tensors) for tensors in [{"a": x}, *others]}) == 7


def test_a_changed_byte_is_found(tmp_path: Path) -> None:
    path = tmp_path / "file.safetensors"
    checkpoint.write(path, TENSORS, step=3)
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        try:
            tensors, meta = checkpoint.read(path)
        except ValueError as error:
            assert str(path) in str(error) and "\n" not in str(error)
        else:  # in the padding of the header
            assert same(tensors, TENSORS) and meta == {"step": 3}, at


def test_truncated_foreign_and_pickled_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.safetensors"
    checkpoint.write(path, TENSORS, step=3)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    contents = [whole[:n] for n in (0, 1, 7, 8, 9, *rng.integers(0, len(whole), 20))]
    for content in [*contents, whole + b"x", pickle.dumps(TENSORS["float"].numpy()), b"\xff" * 64]:
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"file\.safetensors"):
            checkpoint.read(path)
    save_file({"a": torch.zeros(2)}, path)
    with pytest.raises(ValueError, match="damaged"):
        checkpoint.read(path)
    with pytest.raises(ValueError, match="nowhere"):
        checkpoint.read(tmp_path / "nowhere")
