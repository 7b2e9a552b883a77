"""Files that hold tensors: safetensors with a checksum, written to a temporary name and renamed."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from benchmarks.storage.files import write_atomic


def digest(tensors: Mapping[str, Tensor]) -> str:
    """Returns SHA-256 over names, types, shapes and bytes, in the order of the names."""
    sha = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        sha.update(f"{name}|{tensor.dtype}|{tuple(tensor.shape)}|".encode())
        sha.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return sha.hexdigest()


def write(path: Path, tensors: Mapping[str, Tensor], **meta: Any) -> str:
    """Writes tensors and JSON values; returns the digest of the tensors."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    sha = digest(plain)
    values = json.dumps(meta)
    about = json.dumps(
        {"sha256": _seal(sha, values), "meta": values}
    )  # one entry: safetensors shuffles several
    write_atomic(path, save(plain, {"about": about}))
    return sha


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and JSON values. Raises ValueError naming a file that is damaged or not ours."""
    try:
        with safe_open(path, "pt") as file:  # type: ignore[no-untyped-call]
            tensors = {name: file.get_tensor(name) for name in file.keys()}
            about = json.loads((file.metadata() or {}).get("about", "{}"))
        if about["sha256"] != _seal(digest(tensors), about["meta"]):
            raise ValueError("its checksum does not match its content")
        return tensors, json.loads(about["meta"])
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is damaged or not ours: {error}") from None


def _seal(sha: str, values: str) -> str:
    """Returns the checksum of tensors and values together."""
    return hashlib.sha256(f"{sha}|{values}".encode()).hexdigest()
