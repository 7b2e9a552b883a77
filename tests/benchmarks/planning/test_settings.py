"""Whose settings a method trains with: the preset's, or its paper's; one player's own; and options that came later."""

from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.commands.announce import settings
from benchmarks.planning import preset
from benchmarks.planning.config import Optim
from benchmarks.planning.plan import Context, make
from benchmarks.planning.registry import CLASSES, FAMILIES, METHODS
from methods.bigan import BiGAN
from tests.benchmarks import tiny
from tests.methods.harness import go, spec_of, training, weights_of

BLOND = "toonfaces:hair_colour=blond"
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


@pytest.mark.parametrize("name", [entry.name for entry in METHODS if entry.recommended])
def test_what_a_paper_recommends_makes_a_plan(name: str, tmp_path: Path) -> None:
    """In some family, with each of its values, over what a preset has otherwise."""
    own = METHODS.get(name).recommended
    changes = {"methods": [name], "settings": "paper", "steps": 20, "evaluate": [20], "domain": BLOND}
    otherwise = {"critic_updates": "joint", "smooth": 0.0, "critic_steps": 2, "generator_steps": 4}
    if name == "infogan":
        changes["latent"] = 16
    values = {**tiny.values(tmp_path, **changes), "options": otherwise, "arch": {}, "method": {}}
    for family in FAMILIES.names():
        made = make({**values, "family": family}, tiny.context(tmp_path, values), "cpu")
        if made.runs:
            break
    paper = next(run.config for run in made.runs if run.config.method == name)
    assert paper.batch == own.get("batch", 4) and paper.prior == own.get("prior", "normal")
    for key in ("optim", "options", "weights"):
        taken = paper.optim.model_dump() if key == "optim" else getattr(paper, key)
        defaults = {**METHODS.get(name).cls.weights, **METHODS.get(name).options}
        assert {k: taken.get(k, defaults.get(k)) for k in own.get(key, {})} == own.get(key, {})


@pytest.mark.parametrize("name", [entry.name for entry in METHODS if entry.cls.base])
def test_a_base_s_prior_is_that_of_what_is_trained_over_it(name: str) -> None:
    """The base is trained by its own paper's settings: a prior of one of them alone would part the two."""
    assert "prior" not in {
        **METHODS.get(name).recommended,
        **METHODS.get(METHODS.get(name).cls.base).recommended,
    }


def test_a_paper_s_settings_are_not_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by a subclass nor by a variant, whose paper is another one."""
    assert METHODS.get("aegan").recommended and not METHODS.get("aegan-r3gan").recommended
    assert METHODS.get("alice").recommended != METHODS.get("bigan").recommended

    class Mine(BiGAN):
        name = "mine-settings"

    monkeypatch.setitem(CLASSES._load(), Mine.name, Mine)
    assert METHODS.get(Mine.name).recommended == {} != METHODS.get("bigan").recommended


def test_a_preset_names_the_methods_that_take_their_papers_settings(tmp_path: Path) -> None:
    """The rest trains as before; and a name that says nothing is refused."""
    chosen: dict[str, Any] = {"methods": ["sngan", "bigan"], "settings": ["sngan"]}
    values = {**tiny.values(tmp_path, **chosen), "family": "dcgan", "arch": {}}
    made = preset.build(values)
    runs = {run.config.method: run.config for run in make(values, tiny.context(tmp_path, values), "cpu").runs}
    assert (runs["sngan"].batch, runs["bigan"].batch) == (64, 4)
    assert next(settings(made)) == "settings: those of their papers for sngan, the preset's for the others"
    for wrong, said in (
        (["gan"], "settings: gan recommends nothing; .*sngan"),
        (["sngann"], "unknown method 'sngann': did you mean 'sngan'"),
        ("papers", "settings = 'papers': equal, paper, or a list of the methods"),
    ):
        with pytest.raises(ValueError, match=said):
            make({**values, "settings": wrong}, tiny.context(tmp_path, values), "cpu")


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
