"""A run's name: the same for the same values, another one for any other number."""

from typing import Any

import pytest

from benchmarks.planning.config import Optim, RunConfig, validated

VALUES: dict[str, Any] = {
    "dataset": "toonfaces", "data": {"size": 16, "n_train": 1000}, "family": "aegan", "arch": {"width": 0.125, "fold": True},
    "method": "gan", "weights": {"adv_x_gen": 1.0}, "options": {"smooth": 0.05}, "prior": "normal", "latent": 16,
    "batch": 16, "steps": 100, "evaluate": (50, 100), "optim": {"kind": "keras-adam"}, "seed": 3,
    "versions": {"method": 1, "family": 1, "dataset": 1},
}  # fmt: skip
GOLDEN = "4e97df79fe9af704"


def test_the_hash_is_golden() -> None:
    """Were it another one, every result of everybody would be trained again: change it only with that in mind."""
    assert RunConfig(**VALUES).hash == GOLDEN


def test_the_order_of_keys_does_not_matter() -> None:
    turned = {key: VALUES[key] for key in reversed(VALUES)}
    turned["data"] = {"n_train": 1000, "size": 16}
    assert RunConfig(**turned).hash == RunConfig(**VALUES).hash


@pytest.mark.parametrize("changed", [
    {"dataset": "folder"}, {"data": {"size": 16, "n_train": 1001}}, {"family": "dcgan"}, {"arch": {"width": 0.25, "fold": True}},
    {"method": "ae"}, {"weights": {"adv_x_gen": 2.0}}, {"weights": {"adv_x_gen": "linear:1:0"}}, {"options": {"smooth": 0.0}},
    {"prior": "uniform"}, {"latent": 17}, {"batch": 17}, {"steps": 102, "evaluate": (50, 102)}, {"evaluate": (100,)},
    {"optim": {"kind": "adam"}}, {"optim": {"kind": "keras-adam", "eps": 1e-7}}, {"seed": 4}, {"precision": "bf16"},
    {"device": "cuda"}, {"versions": {"method": 2, "family": 1, "dataset": 1}}, {"base": RunConfig(**VALUES)},
], ids=str)  # fmt: skip
def test_any_other_value_is_another_run(changed: dict[str, Any]) -> None:
    assert RunConfig(**{**VALUES, **changed}).hash != RunConfig(**VALUES).hash


def test_a_base_counts_by_its_hash() -> None:
    bases = [RunConfig(**{**VALUES, "seed": seed}) for seed in (0, 1)]
    assert len({RunConfig(**VALUES, base=base).hash for base in bases}) == 2
    assert (
        RunConfig(**VALUES, base=bases[0]).hash
        == RunConfig(**VALUES, base=RunConfig(**bases[0].model_dump())).hash
    )


def test_it_comes_back_from_json() -> None:
    made = RunConfig(**VALUES, base=RunConfig(**VALUES))
    again = RunConfig.model_validate_json(made.model_dump_json())
    assert again == made and again.hash == made.hash


def test_nothing_can_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        RunConfig(**VALUES).seed = 4


def test_one_line_names_key_value_and_way_out() -> None:
    for values, said in [
        ({"lrr": 1}, "here: unknown key 'lrr': did you mean 'lr'"),
        ({"lr": -1}, "here: lr = -1: input should be greater than 0"),
        ({"clip": "norm"}, "here: clip = 'norm': input should be 'none' or 'tensor'"),
    ]:
        with pytest.raises(ValueError) as error:
            validated(Optim, values, "here")
        assert str(error.value).startswith(said) and "\n" not in str(error.value)
    with pytest.raises(ValueError, match=r"^here: seed is missing$"):
        validated(RunConfig, {k: v for k, v in VALUES.items() if k != "seed"}, "here")
    with pytest.raises(ValueError, match=r"^here: weight 'much': write a number"):
        validated(RunConfig, {**VALUES, "weights": {"rec_x": "much"}}, "here")
