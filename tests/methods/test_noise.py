"""Keyed randomness: a draw depends on seed, stream, scope and index, and on nothing else."""

import pytest
import torch
from torch import Tensor

from methods import noise
from methods.base import Batch, Method, Networks, Role, Spec
from methods.priors import Prior
from tests.methods.harness import Table, affine_networks


def draw(rng: noise.Keyed, stream: str, index: int, scope: str, n: int = 5) -> Tensor:
    rng.at(stream, index)
    with rng.scope(scope):
        return noise.normal(n)


def test_a_draw_is_a_function_of_its_key() -> None:
    """The same key gives the same numbers in any order of asking; any other key gives others."""
    keys = [("a", 0, "x"), ("a", 1, "x"), ("a", 0, "z"), ("b", 0, "x")]
    first, second = noise.Keyed(3), noise.Keyed(3)
    forward = {key: draw(first, *key) for key in keys}
    backward = {key: draw(second, *key) for key in reversed(keys)}
    assert all(torch.equal(forward[key], backward[key]) for key in keys)
    assert len({tuple(value.tolist()) for value in forward.values()}) == len(keys)
    assert not torch.equal(draw(noise.Keyed(4), *keys[0]), forward[keys[0]])


def test_neighbouring_keys_share_no_low_bits() -> None:
    """torch's CPU generator keeps 32 bits of a seed: those of neighbouring indices must differ."""
    low = {noise.key(seed, "G", "x", index) & 0xFFFFFFFF for seed in range(20) for index in range(200)}
    assert len(low) == 4000


def test_a_nested_scope_moves_no_outer_draw() -> None:
    rng = noise.Keyed(0)
    rng.at("s", 0)
    with rng.scope("outer"):
        plain = noise.normal(2), noise.normal(3)
    rng.at("s", 0)
    with rng.scope("outer"):
        first = noise.normal(2)
        with rng.scope("inner"):
            noise.normal(100)
        second = noise.normal(3)
    assert torch.equal(first, plain[0]) and torch.equal(second, plain[1])


def test_a_stream_untouched_keeps_its_place() -> None:
    """What is drawn on one stream moves nothing on another."""
    rng, other = noise.Keyed(1), noise.Keyed(1)
    draw(rng, "Dx", 0, "x")
    draw(rng, "Dx", 1, "x")
    assert torch.equal(draw(rng, "G", 5, "x"), draw(other, "G", 5, "x"))


def test_outside_every_scope_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="outside every noise scope"):
        noise.normal(1)


def test_a_scope_closes_when_its_block_raises() -> None:
    rng = noise.Keyed(0)
    with pytest.raises(KeyError), rng.scope("x"):
        raise KeyError
    with pytest.raises(RuntimeError):
        noise.uniform(1)


class Counting(Method):
    """Counts how often each quantity is made; G draws noise of its own."""

    roles = {"G": Role("producer", ("z",), "x"), "E": Role("producer", ("x",), "z")}
    name = "counting"

    def __init__(self) -> None:
        super().__init__(())
        self.made: list[str] = []

    def make_x_gen(self, n: Networks, b: Batch) -> Tensor:
        self.made.append("x_gen")
        return super().make_x_gen(n, b) + noise.normal(1)

    def make_noise(self, n: Networks, b: Batch) -> Tensor:
        self.made.append("noise")
        return noise.normal(3)


def batch(method: Counting) -> Batch:
    spec, prior = Spec((1, 2, 2)), Prior.parse("normal", 2)
    rng = noise.Keyed(5)
    rng.at("G", 0)
    return Batch(method, affine_networks(method, spec, prior), Table(spec, 4), rng, {})


def test_a_batch_makes_each_quantity_once() -> None:
    method = Counting()
    b = batch(method)
    assert b.x_gen is b.x_gen and b.x is b.x
    b.z_rec, b.noise, b.z_rec_stats  # noqa: B018
    assert method.made == ["x_gen", "noise"]


def test_the_order_of_asking_moves_no_draw() -> None:
    """Lazily made quantities have scopes of their own, also when one asks for another from inside."""
    a, b = batch(Counting()), batch(Counting())
    early = {name: getattr(a, name) for name in ("noise", "z_rec", "x_gen", "x", "z")}
    late = {name: getattr(b, name) for name in ("z", "x", "x_gen", "z_rec", "noise")}
    assert all(torch.equal(early[name], late[name]) for name in early)


def test_an_unknown_quantity_is_named() -> None:
    with pytest.raises(AttributeError, match="make_nonsense"):
        batch(Counting()).nonsense  # noqa: B018
