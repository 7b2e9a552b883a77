"""The losses of GAN, AE, AAE, EGAN and AEGAN against numpy, and AEGAN's ablations against the smaller
methods, bit for bit.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from methods.base import Spec, Update
from methods.priors import Prior
from tests.methods.harness import (
    IMAGES,
    Table,
    affine,
    affine_networks,
    float64,
    forward,
    go,
    method,
    sigmoid,
    training,
    weights_of,
)

SPEC, PRIOR = Spec((2, 3, 3)), Prior.parse("normal", 3)


@pytest.fixture(autouse=True)
def _wide() -> Iterator[None]:
    with float64():
        yield


def bce(logits: np.ndarray, target: float) -> float:
    """Binary cross-entropy by its definition."""
    p = sigmoid(logits)
    return float(-(target * np.log(p) + (1 - target) * np.log(1 - p)).mean())


def test_the_squared_autoencoder() -> None:
    """ae-l2: mean (x - G(E(x)))^2 alone, without the factor of the papers' range."""
    made = method("ae-l2")
    n = affine_networks(made, SPEC, PRIOR)
    (update,) = made.cycle()
    b, terms = forward(made, n, Table(SPEC, 5), update)
    x = b.x.numpy()
    assert set(terms) == {"sq_x"}
    assert terms["sq_x"].item() == pytest.approx(((x - affine(n.G, affine(n.E, x))) ** 2).mean())


@pytest.mark.parametrize("name", ["gan", "ae", "aae", "egan", "aegan"])
def test_every_term_of_every_update(name: str) -> None:
    """Each term of each update of the cycle, from the x and z that its batch drew."""
    made = method(name)
    n = affine_networks(made, SPEC, PRIOR)
    checked = set()
    for update in made.cycle():
        b, terms = forward(made, n, Table(SPEC, 5), update)
        x, z = b.x.numpy(), b.z.numpy()
        expected = {}
        if "G" in made.roles:
            x_gen = affine(n.G, z)
        if "E" in made.roles:
            z_enc = affine(n.E, x)
            x_rec = affine(n.G, z_enc)
            z_rec = affine(n.E, x_gen)
            expected["rec_x"] = np.abs((2 * x - 1) - (2 * x_rec - 1)).mean()
            expected["rec_z"] = ((z - z_rec) ** 2).mean()
        if "Dx" in made.roles:
            expected |= {"real_x": bce(affine(n.Dx, x), 0.95), "fake_x_gen": bce(affine(n.Dx, x_gen), 0.05)}
            expected |= {"adv_x_gen": bce(affine(n.Dx, x_gen), 1)}
            if "E" in made.roles:
                expected |= {
                    "fake_x_rec": bce(affine(n.Dx, x_rec), 0.05),
                    "adv_x_rec": bce(affine(n.Dx, x_rec), 1),
                }
        if "Dz" in made.roles:
            expected |= {"real_z": bce(affine(n.Dz, z), 0.95)}
            expected |= {
                "fake_z_enc": bce(affine(n.Dz, z_enc), 0.05),
                "fake_z_rec": bce(affine(n.Dz, z_rec), 0.05),
            }
            expected |= {"adv_z_enc": bce(affine(n.Dz, z_enc), 1), "adv_z_rec": bce(affine(n.Dz, z_rec), 1)}
        for term, value in terms.items():
            assert value.item() == pytest.approx(expected[term], rel=1e-12), term
        checked |= set(terms)
    assert set(made.active(*made.weights)) <= checked


def test_the_producers_loss_is_the_weighted_sum() -> None:
    """10 L1 + 5 L2 + four adversarial terms; critics' terms count 1."""
    made = method("aegan")
    terms = {name: torch.tensor(float(i + 1)) for i, name in enumerate(made.weights)}
    assert made.combine("GE", terms, made.weights, {}) == 10 * 1 + 5 * 2 + 3 + 4 + 5 + 6
    assert (
        made.combine("Dx", {"real_x": torch.tensor(2.0), "fake_x_gen": torch.tensor(3.0)}, made.weights, {})
        == 5
    )


def test_egan_s_generator_gets_no_gradient_from_generated_images() -> None:
    assert method("egan").cycle()[-1] == Update({"GE": ("rec_x", "adv_x_rec")}, stream="G", steps=1)


@pytest.mark.parametrize("how", ["alternating", "joint"])
@pytest.mark.parametrize(
    ("smaller", "weights"),
    [("gan", {"adv_x_gen": 1.0}), ("aae", {"rec_x": 10.0, "adv_z_enc": 1.0}), ("ae", {"rec_x": 1.0})],
)
def test_aegan_contains_the_smaller_methods(smaller: str, weights: dict[str, float], how: str) -> None:
    """With the other weights 0, AEGAN has the smaller method's bits after eight steps, and its losses."""
    torch.set_default_dtype(torch.float32)
    weights = {**dict.fromkeys(method("aegan").weights, 0.0), **weights}
    options: dict[str, Any] = {} if smaller == "ae" else {"critic_updates": how}
    big = training("aegan", "aegan", IMAGES, 8, weights=weights, critic_updates=how)
    small = training(smaller, "aegan", IMAGES, 8, **options)
    initial = weights_of(small)
    assert go(big) == go(small)
    final, whole = weights_of(small), weights_of(big)
    assert all(torch.equal(value, whole[name]) for name, value in final.items())
    assert any(not torch.equal(value, initial[name]) for name, value in final.items())


def test_zeroing_a_term_moves_no_other_draw() -> None:
    """Batch and noise of the remaining terms stay: first values of the first cycle's generator update are
    equal.
    """
    torch.set_default_dtype(torch.float32)
    whole, ablated = (
        training("aegan", "aegan", IMAGES, 4, weights=w) for w in ({}, {"rec_z": 0.0, "adv_x_gen": 0.0})
    )
    values = []
    for run in (whole, ablated):
        update = run.method.cycle()[-1]
        _, terms = forward(run.method, run.networks, run.source, update)
        values.append({name: value.item() for name, value in terms.items()})
    assert values[1] == {name: value for name, value in values[0].items() if name in values[1]}
