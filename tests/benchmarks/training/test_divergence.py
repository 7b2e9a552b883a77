"""Where a run left the finite numbers: the first term, or the first gradient of a finite one, whatever it spoils afterwards."""

import pytest
import torch
from torch import Tensor

from benchmarks.training.divergence import origin
from benchmarks.training.loop import Diverged, train
from methods.base import Batch, Networks
from methods.gan import GAN
from tests.methods.harness import POINTS, training


class Late(GAN):
    """A GAN whose second term is spoilt from some update on."""

    def init_state(self) -> dict[str, Tensor]:
        return {"updates": torch.zeros(())}

    def after(self, t: dict[str, Tensor], b: Batch, state: dict[str, Tensor]) -> None:
        state["updates"] = state["updates"] + ("fake_x_gen" in t)


class Value(Late):
    name = "value"

    def term_fake_x_gen(self, n: Networks, b: Batch) -> Tensor:
        loss = super().term_fake_x_gen(n, b)
        return loss + torch.where(b.state["updates"] > 4, float("inf"), 0.0)


class Slope(Late):
    """The square root of 0 is finite, its slope is not."""

    name = "slope"

    def term_fake_x_gen(self, n: Networks, b: Batch) -> Tensor:
        loss = super().term_fake_x_gen(n, b)
        return loss + (loss * (b.state["updates"] <= 4)).sqrt()


@pytest.mark.parametrize(("cls", "what"), [(Value, "fake_x_gen"), (Slope, "the gradient of fake_x_gen")])
def test_what_was_not_finite_first(cls: type[Late], what: str) -> None:
    """In the fifth cycle of two steps, of which all other terms of the row are spoilt too."""
    with pytest.raises(Diverged) as fell:
        train(training(cls, "mlp", POINTS, 40))
    assert "fake_x_gen, real_x not finite by step 20" in str(fell.value) or cls is Value
    found = origin(training(cls, "mlp", POINTS, 40), fell.value.step, lambda: False)
    assert found is not None and str(found) == f"{what} after step 10"
    assert found.term.__code__ is cls.term_fake_x_gen.__code__  # type: ignore[attr-defined]


def test_a_run_that_stays_finite_has_no_such_term() -> None:
    run = training("gan", "mlp", POINTS, 40)
    assert origin(run, 4, lambda: False) is None and run.step == 4


def test_looking_ends_where_there_is_no_time() -> None:
    run = training(Value, "mlp", POINTS, 40)
    assert origin(run, 40, lambda: run.step >= 2) is None and run.step == 2
