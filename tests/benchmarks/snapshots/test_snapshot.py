"""Snapshots: lazy, memoised, quantised, keyed, and the same at any batch size."""

import numpy as np
import torch

from benchmarks.snapshots.snapshot import Snapshot, generator, quantise, unit
from tests.benchmarks.fakes import Linear, data


def test_quantise_rounds_clips_and_inverts_unit() -> None:
    x = torch.tensor([-1.0, 0.0, 0.4999 / 255, 0.5001 / 255, 1.0, 2.0, float("nan")])
    assert quantise(x).tolist() == [0, 0, 0, 1, 255, 255, 0]
    every = torch.arange(256, dtype=torch.uint8)
    assert torch.equal(quantise(unit(every)), every)


def test_subsets_are_nested_keyed_and_aligned_with_labels() -> None:
    a, b = data(), data()
    assert torch.equal(a.images("test", 50), b.images("test", 100)[:50])
    rows = a.index("test", 50)
    assert torch.equal(a.images("test", 50).permute(0, 2, 3, 1), torch.from_numpy(a.test.x[rows]))
    assert (a.labels("test", 50) == np.asarray(a.test.labels)[rows]).all()


def test_nothing_touches_the_global_generators() -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    d = data(50)
    s = Snapshot(d, Linear((3, 16, 16)))
    assert s.x_rec.dtype == torch.uint8 and s.x_gen.shape == (100, 3, 16, 16)
    s.rng("m").normal()
    assert torch.equal(before, torch.get_rng_state())


def test_draws_hang_on_seed_and_name_only() -> None:
    d, model = data(50), Linear((3, 16, 16))
    one, two, other = Snapshot(d, model), Snapshot(d, model), Snapshot(d, model, seed=1)
    two.rng("another", "name").normal(size=100)
    assert torch.equal(one.z, two.z) and not torch.equal(one.z, other.z)
    assert one.rng("a").normal() == two.rng("a").normal() != one.rng("b").normal()
    assert torch.equal(
        torch.randn(3, generator=generator(1, "x")), torch.randn(3, generator=generator(1, "x"))
    )


def test_lazy_and_once() -> None:
    class Counting(Linear):
        calls = 0

        def generate(self, z: torch.Tensor) -> torch.Tensor:
            type(self).calls += 1
            return super().generate(z)

    s = Snapshot(data(50), Counting((3, 16, 16)))
    assert Counting.calls == 0
    assert s.x_gen is s.x_gen and Counting.calls == 1


def test_batch_size_moves_no_more_than_rounding() -> None:
    d = data(50)
    small, large = (Snapshot(d, Linear((3, 16, 16), batch=b)) for b in (7, 1000))
    for name in ("x_gen", "x_rec", "z_enc", "z_rec"):
        difference = (getattr(small, name).float() - getattr(large, name).float()).abs().max()
        assert difference <= (1 if name.startswith("x") else 0.05), name
