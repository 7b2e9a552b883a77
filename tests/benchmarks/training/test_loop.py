"""The loop: who learns and in which mode, weights over the run, and what happens when losses leave the finite numbers."""

from collections.abc import Mapping
from typing import Any

import pytest
import torch
from torch import Tensor

from benchmarks.training.cycle import modes
from benchmarks.training.loop import LOG_EVERY, Diverged, Hooks, train
from benchmarks.training.state import Training
from methods.base import Networks
from tests.methods.harness import IMAGES, POINTS, forward, go, training


def run(steps: int = 8, name: str = "aegan", **options: Any) -> Training:
    return training(name, "aegan", IMAGES, steps, **options)


@pytest.mark.parametrize("fakes", ["eval", "train"])
def test_who_trains_and_who_learns(fakes: str) -> None:
    made = run(fakes=fakes)
    n: Networks = made.networks
    for players, learning in [(("GE",), {"G", "E"}), (("Dx",), {"Dx"}), (("Dz",), {"Dz"})]:
        modes(made.method, n, frozenset(players))
        for role in ("G", "E", "Dx", "Dz"):
            training_mode = role in learning or role.startswith("D") or fakes == "train"
            assert n.modules[role].training == training_mode, (players, role)
            assert all(p.requires_grad == (role in learning) for p in n.modules[role].parameters()), (
                players,
                role,
            )


@pytest.mark.parametrize("fakes", ["eval", "train"])
def test_fakes_in_evaluation_mode_move_no_statistics(fakes: str) -> None:
    """While Dx learns, G makes its fakes with its running statistics and leaves them as they are."""
    made = training("gan", "dcgan", IMAGES, 8, fakes=fakes)
    update = next(update for update in made.method.cycle() if "fake_x_gen" in update.terms.get("Dx", ()))
    before = [buffer.clone() for buffer in made.networks.modules["G"].buffers()]
    forward(made.method, made.networks, made.source, update)
    moved = [not torch.equal(a, b) for a, b in zip(before, made.networks.modules["G"].buffers(), strict=True)]
    assert moved and any(moved) == (fakes == "train")


def test_rows_follow_each_other_closely_however_long_a_cycle_is() -> None:
    """Cycles of six steps end at no multiple of 20 before 60."""
    made = training("gan", "mlp", POINTS, 60, critic_steps=3)
    steps: list[int] = []
    train(made, Hooks(lambda step, row: steps.append(step)))
    assert LOG_EVERY == 20 and steps == [24, 42, 60]


def test_weights_follow_their_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    made = run(8, weights={"rec_x": "linear:10:2", "rec_z": 3.0})  # type: ignore[dict-item]
    seen: list[tuple[float, float]] = []
    plain = type(made.method).combine

    def combine(self: Any, player: str, t: Any, w: Mapping[str, float], state: Any) -> Tensor:
        if player == "GE":
            seen.append((w["rec_x"], w["rec_z"]))
        return plain(self, player, t, w, state)

    monkeypatch.setattr(type(made.method), "combine", combine)
    go(made)
    cycle = sum(update.steps for update in made.method.cycle())
    expected = [10 - 8 * (i // cycle * cycle) / 8 for i in range(8)]
    assert [x for x, _ in seen] == pytest.approx(expected) and {z for _, z in seen} == {3.0}


def test_rows_of_the_history_are_means_at_fixed_steps() -> None:
    made = run(2 * LOG_EVERY + 8)
    steps: list[int] = []
    train(made, Hooks(lambda step, row: steps.append(step)))
    assert steps == [LOG_EVERY, 2 * LOG_EVERY, 2 * LOG_EVERY + 8] and made.step == steps[-1]


def test_checkpoints_come_right_after_a_row() -> None:
    made = run(LOG_EVERY * 2)
    events: list[str] = []
    hooks = Hooks(
        lambda s, r: events.append("row"),
        lambda s: events.append("evaluation"),
        lambda: events.append("checkpoint"),
        0.0,
    )
    train(made, hooks)
    assert events == ["row", "checkpoint", "row", "evaluation", "checkpoint"]


class Poisoned:
    """A source whose images turn to NaN."""

    def __init__(self, source: Any, after: int) -> None:
        self.source, self.left, self.batch = source, after, source.batch

    def __getattr__(self, name: str) -> Any:
        return getattr(self.source, name)

    def x(self, rows: Tensor) -> Tensor:
        self.left -= 1
        taken: Tensor = self.source.x(rows)
        return taken if self.left > 0 else taken * float("nan")


def test_a_loss_that_is_not_finite_ends_the_run() -> None:
    made = run(5 * LOG_EVERY)
    per_step = 2  # batches of images in a step, at least one
    made.source = Poisoned(made.source, per_step * LOG_EVERY + LOG_EVERY)  # type: ignore[assignment]
    rows: dict[int, dict[str, float]] = {}
    with pytest.raises(Diverged) as error:
        train(made, Hooks(lambda step, row: rows.update({step: row})))
    assert rows and made.step == error.value.step == max(rows) + LOG_EVERY
    text = str(error.value)
    assert f"not finite by step {error.value.step}; last finite losses: " in text and "rec_x" in text
    for name, value in rows[max(rows)].items():
        assert f"{name} {value:.3g}" in text


def test_from_its_tensors_a_run_goes_on_to_the_same_bits() -> None:
    whole, first, second = run(16), run(16), run(16)
    go(whole)
    train_to(first, 8)
    tensors = {name: tensor.clone() for name, tensor in first.tensors().items()}
    second.load(tensors, first.step, dict(first.counts))
    go(second)
    for name, tensor in whole.tensors().items():
        assert torch.equal(tensor, second.tensors()[name]), name
    assert whole.counts == second.counts


def train_to(made: Training, steps: int) -> None:
    """As if the run were stopped there; the share of the run that is done stays that of the whole."""
    config = made.config
    made.config = config.model_copy(update={"steps": steps})
    go(made)
    made.config = config


def test_step_0_is_before_training() -> None:
    """It is evaluated once, with the initial weights, and by a run that goes on not again."""
    made = training("gan", "aegan", IMAGES, 4)
    made.config = made.config.model_copy(update={"evaluate": (0, 4)})
    first = {name: tensor.clone() for name, tensor in made.evaluated().items()}
    seen: list[tuple[int, bool]] = []

    def look(step: int) -> None:
        same = all(torch.equal(tensor, first[name]) for name, tensor in made.evaluated().items())
        seen.append((step, same))

    train(made, Hooks(evaluation=look))
    assert seen == [(0, True), (4, False)]
    train(made, Hooks(evaluation=look))
    assert len(seen) == 2
