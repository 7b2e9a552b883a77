"""GAIA's losses, balances and rates against Sainburg et al. 2018 and its code, written once more; both updates from one
forward pass.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from methods.base import Method, Networks, Spec, Terms
from methods.priors import Prior
from tests.methods.harness import (
    POINTS,
    Table,
    affine_networks,
    drawn,
    float64,
    forward,
    go,
    method,
    sigmoid,
    training,
)

SPEC, PRIOR, B = Spec((2, 3, 3), labels=3), Prior.parse("normal", 3), 6


@pytest.fixture(autouse=True)
def _wide() -> Iterator[None]:
    with float64():
        yield


def mean_abs(a: Tensor, b: Tensor) -> Tensor:
    return (a - b).abs().mean()


def gaia(
    n: Networks, x: Tensor, shares: Tensor, s: float, w: float
) -> tuple[dict[str, Tensor], dict[str, float]]:
    """Sainburg et al. 2018 and its code, once more: both losses and the learning rates' factors."""
    z = n.E(x)
    first, second = z[: B // 2], z[B // 2 :]
    pairs = [
        shares[0] * first + (1 - shares[0]) * second,
        shares[1] * first.flip(0) + (1 - shares[1]) * second,
    ]
    x_int, x_rec = n.G(torch.cat(pairs)), n.G(z)
    r_real, r_rec, r_int = (mean_abs(a, n.D(b)) for a, b in ((x, x), (x, x_rec), (x_int, x_int)))
    r_fake = (r_rec + r_int) / 2
    p_fake = torch.sigmoid(s * (0.5 * r_int - r_real)).clip(0, 0.9)
    p_int = torch.sigmoid(s * (r_int - r_rec))
    dx, dz = (
        torch.cdist(a.flatten(1), a.flatten(1), compute_mode="donot_use_mm_for_euclid_dist") ** 2
        for a in (x, z)
    )
    dist = (torch.log(1 + dx / dx.mean()) - torch.log(1 + dz / dz.mean())).square().mean()
    loss_d = (r_real - p_fake * r_fake).clip(-1, 1)
    loss_g = (p_int * r_int + (1 - p_int) * r_rec + w * dist).clip(-1, 1)
    rate = torch.sigmoid(s * (r_real - r_fake)).item()
    return {"D": loss_d, "GE": loss_g}, {"D": rate, "GE": 1 - rate}


@pytest.mark.parametrize("w", [2e-5, 1.0, 0.0])
def test_gaia(w: float) -> None:
    """Both players' losses, gradients (proportions and x_int in the graph) and rates from one forward
    pass.
    """
    made = method("gaia", {"dist": w})
    n = affine_networks(made, SPEC, PRIOR)
    (update,) = made.cycle()
    b, terms = forward(made, n, Table(SPEC, B), update)
    shares = 0.5 + 0.25 * drawn("G", "z_int", 2, B // 2, 1)
    losses, rates = gaia(n, b.x, shares, 20, w)
    weights = {**made.weights, "dist": w}
    for player, names in update.terms.items():
        loss = made.combine(player, {name: terms[name] for name in names}, weights, {})
        assert loss.item() == pytest.approx(losses[player].item(), rel=1e-10)
        own = [p for role in made.players[player] for p in n.modules[role].parameters()]
        for a, e in zip(
            torch.autograd.grad(loss, own, retain_graph=True),
            torch.autograd.grad(losses[player], own, retain_graph=True), strict=True,
        ):  # fmt: skip
            assert e.abs().max() > 0
            torch.testing.assert_close(a, e, rtol=1e-8, atol=1e-12)
    got = made.rates({name: term.detach() for name, term in terms.items()}, {})
    assert {player: rate.item() for player, rate in got.items()} == pytest.approx(rates, rel=1e-10)
    assert ("dist" in terms) == (w > 0)


SIGMA = {
    "D": lambda t: np.clip(
        t["real"] - np.clip(sigmoid(20 * (t["int"] / 2 - t["real"])), 0, 0.9) * (t["rec"] + t["int"]) / 2,
        -1,
        1,
    ),
    "GE": lambda t: np.clip(
        sigmoid(20 * (t["int"] - t["rec"])) * (t["int"] - t["rec"]) + t["rec"] + 0.5 * t["dist"], -1, 1
    ),
}


@pytest.mark.parametrize("real", [0.02, 0.2, 3.0])
@pytest.mark.parametrize(("rec", "int_"), [(0.1, 0.3), (0.3, 0.1), (0.2, 2.5)])
def test_gaia_s_balances_by_hand(real: float, rec: float, int_: float) -> None:
    """Where proportions saturate (p_fake at 0.9), where losses clip, and which way the rates lean."""
    made, weights = method("gaia"), {"rec": 1.0, "int": 1.0, "dist": 0.5}
    values = {"real": real, "rec": rec, "int": int_, "dist": 0.1}
    t = {name: torch.tensor(value) for name, value in values.items()}
    for player, names in made.cycle()[0].terms.items():
        assert made.combine(player, {k: t[k] for k in names}, weights, {}).item() == pytest.approx(
            float(SIGMA[player](values))
        )
    rates = made.rates(t, {})
    assert rates["D"].item() == pytest.approx(float(sigmoid(20 * (real - (rec + int_) / 2))))
    assert rates["D"] + rates["GE"] == pytest.approx(1)


def switched_off(balance: str) -> Method:
    options: dict[str, Any] = {f"balance_{balance}": False}
    return method("gaia", **options)


def test_gaia_s_balances_can_be_switched_off() -> None:
    """Each stands at one half then; the others do not move."""
    t: Terms = {
        name: torch.tensor(v) for name, v in {"real": 0.2, "rec": 0.1, "int": 0.3, "dist": 0.1}.items()
    }
    weights = {"rec": 1.0, "int": 1.0, "dist": 0.5}
    fake, inside, rates = (switched_off(k) for k in ("fake", "int", "rates"))
    names = {"D": ("real", "rec", "int"), "GE": ("rec", "int", "dist")}
    terms = {player: {k: t[k] for k in keys} for player, keys in names.items()}
    assert fake.combine("D", terms["D"], weights, {}).item() == pytest.approx(0.2 - 0.5 * 0.2)
    assert inside.combine("GE", terms["GE"], weights, {}).item() == pytest.approx(
        0.5 * 0.3 + 0.5 * 0.1 + 0.05
    )
    assert rates.rates(t, {})["D"] == 0.5 and rates.rates(t, {})["GE"] == 0.5
    whole = method("gaia")
    assert fake.combine("GE", terms["GE"], weights, {}) == whole.combine("GE", terms["GE"], weights, {})
    assert inside.combine("D", terms["D"], weights, {}) == whole.combine("D", terms["D"], weights, {})


@pytest.mark.parametrize(("off", "player_terms"), [("int", {"rec", "dist"}), ("rec", {"int", "dist"})])
def test_gaia_without_interpolations_or_reconstructions(off: str, player_terms: set[str]) -> None:
    made = method("gaia", {off: 0.0})
    n = affine_networks(made, SPEC, PRIOR)
    (update,) = made.cycle()
    _, terms = forward(made, n, Table(SPEC, B), update)
    assert set(update.terms["GE"]) == player_terms and off not in terms
    left = terms["rec" if off == "int" else "int"]
    loss = made.combine("GE", {k: terms[k] for k in update.terms["GE"]}, {**made.weights, off: 0.0}, {})
    assert loss.item() == pytest.approx((left + made.weights["dist"] * terms["dist"]).item())


def test_gaia_s_distances_see_content_alone() -> None:
    """Where a family keeps style apart, only the leading units of z count."""
    made = method("gaia")
    n = affine_networks(made, SPEC, PRIOR)
    n.content = 2
    b, terms = forward(made, n, Table(SPEC, B), made.cycle()[0])
    x, z = b.x.numpy().reshape(B, -1), b.z_enc.detach().numpy()[:, :2]
    dx, dz = (((a[:, None] - a[None]) ** 2).sum(2) for a in (x, z))
    expected = ((np.log(1 + dx / dx.mean()) - np.log(1 + dz / dz.mean())) ** 2).mean()
    assert terms["dist"].item() == pytest.approx(expected, rel=1e-10)


def test_gaia_s_players_step_by_their_rates() -> None:
    """Through the trainer: Adam's first step is its rate, so D and G, E move by lr times their factors."""
    torch.set_default_dtype(torch.float32)
    run = training("gaia", "mlp", POINTS, 1)
    before = {name: p.detach().clone() for name, p in run.networks.modules.named_parameters()}
    row = go(run)[0]
    rates = run.method.rates({name: torch.tensor(value) for name, value in row.items()}, {})
    for player, roles in run.method.players.items():
        moved = max(float((p.detach() - before[name]).abs().max())
                    for name, p in run.networks.modules.named_parameters() if name.split(".")[0] in roles)  # fmt: skip
        assert moved == pytest.approx(2e-4 * rates[player].item(), rel=0.1)
