"""A trained run as metrics see it: what E is asked beyond its codes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.snapshots.model import TrainedModel
from tests.benchmarks import tiny


def model(folder: Path, method: str, **changes: Any) -> TrainedModel:
    node = tiny.plan(folder, methods=[method], metrics=["reconstruction"], **changes).runs[-1]
    return TrainedModel(node.config, node.spec, lambda: None, None)  # type: ignore[arg-type, return-value]


@pytest.fixture
def x() -> torch.Tensor:
    return torch.rand(6, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def test_the_code_of_a_gaussian_encoder_is_its_mean(x: torch.Tensor, tmp_path: Path) -> None:
    made = model(tmp_path, "vae", family="dcgan")
    stats, found = made.posterior(x), made.hidden(x)
    assert stats is not None and found["code"].shape == (6, made.config.latent)
    assert torch.equal(found["code"], stats[:, : made.config.latent])
    assert found["last"].shape[1] > made.config.latent


@pytest.mark.parametrize(("method", "family"), [("aegan", "munit"), ("vae", "munit")])
def test_an_encoder_of_several_heads_has_its_codes_alone(
    method: str, family: str, x: torch.Tensor, tmp_path: Path
) -> None:
    made = model(tmp_path, method, family=family)
    found = made.hidden(x)
    assert found.keys() == {"code"} and torch.equal(found["code"], made.encode(x))


def test_a_method_that_searches_for_codes_has_no_network_to_look_into(
    x: torch.Tensor, tmp_path: Path
) -> None:
    made = model(tmp_path, "creswell", method__creswell={"options": {"search_steps": 2}})
    assert made.posterior(x) is None and made.hidden(x).keys() == {"code"}


def test_another_split_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"unknown split 'validation': .*known are test, train"):
        model(tmp_path, "gan").images("validation", 3)


def test_translation_takes_what_encode_takes_and_says_what_it_wants(tmp_path: Path) -> None:
    changes = {"dataset": "toonfaces", "domain": "toonfaces:hair_colour=blond", "family": "munit"}
    made = model(tmp_path, "cyclegan", **changes, data__size=32, data__fixed="hair_colour=black")
    x = (torch.rand(2, 3, 32, 32) * 255).byte()
    there = made.translate(x, "x2")
    assert there.shape == x.shape and torch.equal(there, made.translate(x.numpy() / np.float32(255), "x2"))
    with pytest.raises(ValueError, match="translate to 'x3': say x2"):
        made.translate(x, "x3")
    with pytest.raises(ValueError, match="translate got values from 0 to 255"):
        made.translate(torch.linspace(0, 255, x.numel()).view(x.shape), "x2")
    with pytest.raises(ValueError, match="does not translate"):
        model(tmp_path / "gan", "gan").translate(x, "x2")
