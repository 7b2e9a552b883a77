"""Whose settings a method trains with: the preset's, or its paper's; one player's own; and options that came later."""

from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.commands.announce import settings
from benchmarks.planning import preset
from benchmarks.planning.config import Optim
from benchmarks.planning.plan import Context, make
from benchmarks.planning.registry import CLASSES
from methods.bigan import BiGAN
from tests.benchmarks import tiny
from tests.methods.harness import go, spec_of, training, weights_of

PAPER = {
    "optim": {"lr": 1e-3, "players": {"GE": {"lr": 3e-4, "beta1": 0.0}}},
    "batch": 6,
    "prior": "uniform",
    "options": {"critic_updates": "joint"},
    "weights": {"sq_x": 0.5},
}


def config(folder: Path, **changes: Any) -> Any:
    """The configuration of BiGAN's first run."""
    values = tiny.values(folder, methods=["bigan"], **changes)
    return make(values, Context(folder, folder, None, None, "cpu"), "cpu").runs[0].config


def test_a_paper_s_settings_are_taken_where_they_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over the preset's, under the preset's for this method; equal settings are the default and change no name."""
    equal = config(tmp_path)
    monkeypatch.setattr(CLASSES.get("bigan"), "recommended", PAPER)
    assert config(tmp_path).hash == equal.hash == config(tmp_path, settings="equal").hash
    paper = config(tmp_path, settings="paper", method__bigan__optim__critic_lr=0.5)
    assert (paper.batch, paper.prior, paper.optim.lr, paper.optim.critic_lr) == (6, "uniform", 1e-3, 0.5)
    assert (paper.options["critic_updates"], paper.weights["sq_x"]) == ("joint", 0.5)
    assert paper.optim.players["GE"].lr == 3e-4 and paper.hash != equal.hash


def test_an_unknown_player_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"method bigan: optim.players: unknown player 'E'.*known are Dxz, GE"
    ):
        config(tmp_path, method__bigan__optim__players__E__lr=1e-5)


def test_a_player_has_constants_of_its_own() -> None:
    """Those it names; a critic's rate is critic_lr."""
    optim = Optim(lr=1e-3, critic_lr=2e-3, beta1=0.5, players={"E": {"lr": 1e-5}, "D": {"beta1": 0.9}})
    rates = {name: optim.of(name, name == "D")[1] for name in "GED"}
    assert rates == {"G": 1e-3, "E": 1e-5, "D": 2e-3}
    assert (optim.of("G", False)[0].beta1, optim.of("D", True)[0].beta1) == (0.5, 0.9)


def test_a_player_steps_by_its_own_rate() -> None:
    """With a rate near 0 it stays where it is, and the others move."""
    run = training("gan", "mlp", spec_of("mlp"), 4)
    slow = run.config.model_copy(update={"optim": Optim(players={"G": {"lr": 1e-30}})})
    run = type(run)(slow, run.method, run.networks, run.source, torch.device("cpu"))
    before = weights_of(run)
    go(run)
    moved = {key[0] for key, value in weights_of(run).items() if (value - before[key]).abs().max() > 1e-20}
    assert moved == {"D"}


def test_a_later_option_is_in_no_name_at_its_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that finished runs keep theirs; another value gives another name, and reaches the method."""
    before = config(tmp_path)
    monkeypatch.setattr(BiGAN, "options", {**BiGAN.options, "extra": False})
    monkeypatch.setattr(BiGAN, "later", (*BiGAN.later, "extra"))
    assert config(tmp_path).hash == before.hash and "extra" not in config(tmp_path).options
    assert BiGAN(None, config(tmp_path).options).options["extra"] is False
    changed = config(tmp_path, options__extra=True)
    assert changed.hash != before.hash and changed.options["extra"] is True


def test_what_a_preset_overrules_is_told(tmp_path: Path) -> None:
    """As `name = value (its own: value)`; nothing for a method left as it is."""
    values = tiny.values(
        tmp_path, methods=["egan", "bigan"], options__smooth=0.0, options__critic_updates="joint"
    )
    first, *lines = settings(preset.build(values))
    assert first == "settings: the preset's for all methods"
    (line,) = lines
    assert line.startswith("egan: the preset has ") and "smooth = 0.0 (its own: 0.05)" in line
    assert "critic_updates = 'joint' (its own: 'alternating')" in line
