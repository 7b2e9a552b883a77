"""Running state is tensors by name: checkpointed with the run, and moved once a step."""

import pytest
import torch

from benchmarks.planning.registry import METHODS
from tests.methods.harness import IMAGES, go, method, spec_of, training, weights_of


def with_state() -> list[str]:
    """The registered methods that hold any."""
    made = {name: method(name) for name in METHODS.names()}
    for each in made.values():
        each.shape = IMAGES.shape
    return [name for name, each in made.items() if each.init_state()]


def test_those_of_the_papers_are_among_them() -> None:
    assert {"began", "cyclegan"} <= set(with_state())


@pytest.mark.parametrize("name", with_state())
def test_a_run_with_state_resumes_to_the_same_bits(name: str) -> None:
    """Four steps, a checkpoint, four more are eight."""
    whole, half, rest = (training(name, "mlp", spec_of("mlp"), steps) for steps in (8, 4, 8))
    go(whole)
    go(half)
    rest.load({name: value.clone() for name, value in half.tensors().items()}, half.step, half.counts)
    go(rest)
    assert rest.state and all(torch.equal(value, rest.state[name]) for name, value in whole.state.items())
    final = weights_of(rest)
    assert all(torch.equal(value, final[name]) for name, value in weights_of(whole).items())
