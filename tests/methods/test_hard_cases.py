"""The contract carries the methods that come later: each trains in every family, moves its state and resumes from it."""

import math

import pytest
import torch

from benchmarks.planning.registry import FAMILIES
from methods.base import Method
from tests.methods.hard_cases import BEGAN, HARD_CASES, VAEGAN
from tests.methods.harness import go, method, spec_of, training, weights_of


@pytest.mark.parametrize("family", FAMILIES.names())
@pytest.mark.parametrize("case", HARD_CASES)
def test_it_trains(case: type[Method], family: str) -> None:
    run = training(case, family, spec_of(family), 6)
    before = weights_of(run)
    for row in go(run):
        assert all(math.isfinite(value) for value in row.values())
    after = weights_of(run)
    for role in run.method.roles:
        assert any(not torch.equal(before[k], after[k]) for k in before if k.startswith(f"{role}.")), role


@pytest.mark.parametrize("case", [BEGAN, "cyclegan"])
def test_a_run_with_state_resumes_to_the_same_bits(case: str | type[Method]) -> None:
    """State is tensors by name: four steps, a checkpoint, four more are eight."""
    whole, half, rest = (training(case, "mlp", spec_of("mlp"), steps) for steps in (8, 4, 8))
    go(whole)
    go(half)
    rest.load({name: value.clone() for name, value in half.tensors().items()}, half.step, half.counts)
    go(rest)
    assert rest.state and all(torch.equal(value, rest.state[name]) for name, value in whole.state.items())
    final = weights_of(rest)
    assert all(torch.equal(value, final[name]) for name, value in weights_of(whole).items())


def test_a_loss_for_each_network() -> None:
    terms = {"like": torch.tensor(2.0), "kl": torch.tensor(3.0), "gan": torch.tensor(5.0)}
    made = method(VAEGAN)
    losses = {p: float(made.combine(p, terms, made.weights, {})) for p in made.players}
    assert losses == pytest.approx({"E": 5.0, "G": 0.02 - 5, "Dx": 5.0})


def test_began_s_balance() -> None:
    """k rises by gain * (gamma real - fake) and stays in [0, 1]."""
    made, state = method(BEGAN), {"k": torch.tensor(0.2)}
    t = {"real": torch.tensor(0.8), "fake": torch.tensor(0.1)}
    made.after(t, None, state)  # type: ignore[arg-type]
    assert float(state["k"]) == pytest.approx(0.2 + 1e-3 * (0.4 - 0.1))
    assert float(made.combine("D", t, made.weights, state)) == pytest.approx(0.8 - float(state["k"]) * 0.1)
