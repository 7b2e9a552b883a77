"""Keyed initialisation: the same seed gives the same bits, and parameters of equal shape agree across
methods.
"""

import pytest
import torch

from benchmarks.planning.registry import FAMILIES, METHODS
from tests.methods.harness import misfit, spec_of, training, weights_of


@pytest.mark.parametrize("family", FAMILIES.names())
def test_equal_shapes_start_equal(family: str) -> None:
    """Every parameter of one name and shape has the same bits in every method that has it; another seed moves
    it.
    """
    seen: dict[tuple[str, tuple[int, ...]], torch.Tensor] = {}
    for name in METHODS.names():
        if misfit(name, family) is None:
            for key, value in weights_of(training(name, family, spec_of(family), 0)).items():
                assert torch.equal(seen.setdefault((key, tuple(value.shape)), value), value), (name, key)
    again, other = (weights_of(training("aegan", family, spec_of(family), 0, seed=seed)) for seed in (0, 1))
    for key, value in again.items():
        assert torch.equal(value, seen[key, tuple(value.shape)])
    moved = [key for key, value in other.items() if not torch.equal(value, again[key])]
    assert moved and all(
        value.unique().numel() < 2 or "num_batches" in key or key in moved for key, value in again.items()
    )
