"""The family dense beside numpy: what each option does, and for which role."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from methods import noise
from methods.base import Role, Spec
from methods.families.dense import DenseFamily
from methods.priors import Prior
from tests.methods.tables import rows

D, WIDE = 3, 5
IMAGES, POINTS = Spec((1, 4, 4)), Spec((2,))
GENERATOR, ENCODER = Role("producer", ("z",), "x"), Role("producer", ("x",), "z")
JOINT = Role("critic", ("x", "z"), "score")
BIGAN = {"width": WIDE, "norm": "batch", "norm_from": 2, "affine": False, "bias": "none", "activation": "leaky",
         "join": "hidden", "init": "normal", "std": 0.5, "code": "sigmoid", "eps": 1e-8}  # fmt: skip


def built(role: Role, spec: Spec = IMAGES, prior: str = "uniform", **options: Any) -> nn.Module:
    family = DenseFamily(spec, Prior.parse(prior, D), **options)
    return family.networks({"N": role}, 0).modules["N"]


def weights(network: nn.Module) -> dict[str, np.ndarray]:
    return {name: p.detach().double().numpy() for name, p in network.named_parameters()}


def normed(h: np.ndarray) -> np.ndarray:
    return (h - h.mean(0)) / np.sqrt(h.var(0) + 1e-8)


def leaky(h: np.ndarray) -> np.ndarray:
    return np.where(h > 0, h, 0.2 * h)


def close(got: Tensor, expected: np.ndarray) -> None:
    np.testing.assert_allclose(got.detach().double().numpy(), expected, rtol=1e-4, atol=1e-5)


def test_the_critic_of_bigan() -> None:
    """x at the first layer, without a norm; z added at the second, before its batch norm; no bias anywhere."""
    network, x, z = built(JOINT, **BIGAN), torch.rand(7, 1, 4, 4), torch.randn(7, D)
    w = weights(network)
    assert sorted(w) == [
        "hidden.0.linear.weight", "hidden.1.joined.weight", "hidden.1.linear.weight", "output.0.weight",
    ]  # fmt: skip
    h = leaky(x.flatten(1).double().numpy() @ w["hidden.0.linear.weight"].T)
    joined = h @ w["hidden.1.linear.weight"].T + z.double().numpy() @ w["hidden.1.joined.weight"].T
    close(network(x, z), leaky(normed(joined)) @ w["output.0.weight"].T)


def test_the_generator_of_bigan() -> None:
    """z at the first layer and once more at the second, a batch norm in both, images out of a sigmoid."""
    network, z = built(GENERATOR, **{**BIGAN, "norm_from": 1, "activation": "relu"}), torch.randn(7, D)
    w, v = weights(network), z.double().numpy()
    h = np.maximum(normed(v @ w["hidden.0.linear.weight"].T), 0)
    h = normed(h @ w["hidden.1.linear.weight"].T + v @ w["hidden.1.joined.weight"].T)
    drawn = np.maximum(h, 0) @ w["output.0.weight"].T
    close(network(z).flatten(1), 1 / (1 + np.exp(-drawn)))
    assert network(z).shape == (7, 1, 4, 4)


def test_the_encoder_s_output_is_a_scaled_sigmoid() -> None:
    network, x = built(ENCODER, **BIGAN), torch.rand(7, 1, 4, 4)
    w = weights(network)
    h = leaky(x.flatten(1).double().numpy() @ w["hidden.0.linear.weight"].T)
    code = leaky(normed(h @ w["hidden.1.linear.weight"].T)) @ w["output.0.weight"].T
    close(network(x), 2 / (1 + np.exp(-code)) - 1)
    close(built(ENCODER, **{**BIGAN, "code": "tanh"})(x), np.tanh(code))


def test_maxout_takes_the_largest_piece() -> None:
    network, x = built(Role("critic", ("x",), "score"), POINTS, width=4, depth=1, maxout=3), torch.randn(6, 2)
    w = weights(network)
    pieces = (x.double().numpy() @ w["hidden.0.linear.weight"].T + w["hidden.0.linear.bias"]).reshape(6, 4, 3)
    close(network(x), pieces.max(2) @ w["output.0.weight"].T + w["output.0.bias"])


@pytest.mark.parametrize(("bias", "found"), [("all", 3), ("last", 1), ("none", 0)])
def test_biases(bias: str, found: int) -> None:
    network = built(ENCODER, POINTS, bias=bias)
    assert sum(name.endswith("bias") for name, _ in network.named_parameters()) == found


def test_noise_is_drawn_beside_the_input() -> None:
    """Two inputs and two normals; equal draws give equal codes, others others."""
    network, x = built(ENCODER, POINTS, prior="normal", noise=2), torch.rand(5, 2)
    assert network.hidden[0].linear.weight.shape[1] == 4

    def code(seed: int) -> Tensor:
        with noise.using(torch.Generator().manual_seed(seed)):
            return network(x)

    assert code(0).equal(code(0)) and not code(0).equal(code(1))
    eps = torch.randn(5, 2, generator=torch.Generator().manual_seed(0))
    plain = network.output(network.hidden[1](network.hidden[0](torch.cat([x, eps], 1))))
    torch.testing.assert_close(code(0), plain)


def test_one_role_has_its_own_options() -> None:
    """arch.G.width stands for width in G alone; what is not named stays."""
    family = DenseFamily(IMAGES, Prior.parse("normal", D), width=6, depth=1, G={"width": 4}, Dxz={"depth": 2})
    n = family.networks({"G": GENERATOR, "E": ENCODER, "Dxz": JOINT}, 0)
    x, z = torch.rand(2, 1, 4, 4), torch.randn(2, D)
    assert [shape for _, shape, _ in rows(n.G, z)] == [(4, 3), (16, 4)]
    assert [shape for _, shape, _ in rows(n.E, x)] == [(6, 16), (3, 6)]
    assert [shape for _, shape, _ in rows(n.Dxz, x, z)] == [(6, 19), (6, 6), (1, 6)]


def test_initial_weights() -> None:
    network = built(ENCODER, width=400, depth=1, init="normal", std=0.02)
    assert network.hidden[0].linear.weight.std().item() == pytest.approx(0.02, rel=0.05)
    assert network.hidden[0].linear.bias.abs().max() == 0


def test_initial_weights_of_torch() -> None:
    """Weights and biases within 1 / sqrt(inputs), layer by layer, as nn.Linear draws them."""
    network = built(ENCODER, width=400, depth=2, init="torch")
    for layer in (network.hidden[0].linear, network.hidden[1].linear, network.output[0]):
        theirs = nn.Linear(layer.in_features, layer.out_features)
        for name in ("weight", "bias"):
            ours, other = getattr(layer, name), getattr(theirs, name)
            assert ours.abs().max() <= layer.in_features**-0.5
            if ours.numel() > 100:
                assert ours.std().item() == pytest.approx(other.std().item(), rel=0.15)
        assert layer.bias.abs().max() > 0


def test_a_critic_that_sees_each_sample_alone_has_no_batch_norm() -> None:
    alone = built(Role("critic", ("x",), "score", batch_independent=True), norm="batch")
    assert not any(isinstance(layer, nn.BatchNorm1d) for layer in alone.modules())


def test_dropout_is_that_of_the_hidden_layers() -> None:
    """Of the roles that ask for it, after the activation; a network is evaluated without."""
    network, x, z = built(JOINT, width=WIDE, depth=1, dropout=0.5), torch.rand(7, 1, 4, 4), torch.randn(7, D)
    w = weights(network)
    rows_in = np.hstack([x.flatten(1).double().numpy(), z.double().numpy()])
    h = np.maximum(rows_in @ w["hidden.0.linear.weight"].T + w["hidden.0.linear.bias"], 0)
    close(network.eval()(x, z), h @ w["output.0.weight"].T + w["output.0.bias"])
    with noise.using(torch.Generator().manual_seed(4)):
        got = network.train()(x, z)
    with noise.using(torch.Generator().manual_seed(4)):
        kept = noise.uniform(7, WIDE).numpy() >= 0.5
    close(got, 2 * kept * h @ w["output.0.weight"].T + w["output.0.bias"])
