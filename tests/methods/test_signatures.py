"""CONTRACT.md names every attribute, hook, quantity and helper that the contract has, as it is called, and no other."""

import importlib
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from methods.base import Batch, Method, Networks, Role, Spec, Update
from methods.priors import Prior
from tests.methods.harness import method

PAGE = (Path(__file__).parents[2] / "CONTRACT.md").read_text()
MODULES = ("cycles", "losses", "noise", "features", "pool", "priors", "games", "descent")
OTHERS = {"noise.key", "features.weighs"}  # the trainer's and the families'
PUBLIC = {name for name in {**Method.__annotations__, **vars(Method)} if not name.startswith("_")}


def cells(table: str) -> list[str]:
    """The code of the first column of the table whose head begins so."""
    (rows,) = re.findall(rf"^\| {table} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", PAGE, re.M)
    return [re.match(r"\| `(.*?)` \|", row)[1] for row in rows.splitlines()]


def spelt(item: Callable[..., Any], name: str) -> str:
    """`name(a, b=1, *c)`: how something is called, without types."""
    parameters = inspect.signature(item).parameters.values()
    told = [
        f"{'*' * (p.kind is p.VAR_POSITIONAL)}{p.name}{'' if p.default is p.empty else f'={p.default!r}'}"
        for p in parameters
        if p.name not in ("self", "cls")
    ]
    return f"{name}({', '.join(told)})"


def called(prefix: str = "") -> dict[str, Callable[..., Any]]:
    return {
        name: getattr(Method, name)
        for name in PUBLIC
        if inspect.isroutine(getattr(Method, name, None)) and name.startswith(prefix)
    }


def test_attributes() -> None:
    assert sorted(cells("Attribute")) == sorted(PUBLIC - called().keys())
    for name in vars(method("ae")):
        assert f"`self.{name}`" in PAGE


def test_hooks() -> None:
    hooks = {name: item for name, item in called().items() if not name.startswith(("make_", "term_"))}
    active = spelt(hooks.pop("active"), "active")
    assert f"`{active}`" in PAGE
    assert sorted(cells("Hook")) == sorted(spelt(item, name) for name, item in hooks.items())


@pytest.mark.parametrize(("table", "prefix"), [("Quantity", "make_"), ("Term of the base", "term_")])
def test_what_the_base_makes(table: str, prefix: str) -> None:
    assert sorted(cells(table)) == sorted(name.removeprefix(prefix) for name in called(prefix))


def test_what_a_batch_has_beside() -> None:
    made = method("gan")
    b = Batch(made, Networks(torch.nn.ModuleDict(), Prior.parse("normal", 2)), None, None, {})  # type: ignore[arg-type]
    for name in vars(b):
        assert f"`b.{name}`" in PAGE


def test_classes() -> None:
    shown = [spelt(cls, cls.__name__) for cls in (Role, Update, Spec, Prior, Networks)]
    assert sorted(cells("Class")) == sorted(shown)
    (row,) = re.findall(r"^\| `Prior\(.*$", PAGE, re.M)
    told = set(re.findall(r"`(\w+)(?:\(.*?\))?`", row)) - {"Prior"}
    there = {name for name in vars(Prior) if not name.startswith("_")} - {"parse"}
    assert told == there


def test_helpers() -> None:
    there = []
    for short in MODULES:
        module = importlib.import_module(f"methods.{short}")
        for name, item in vars(module).items():
            own = inspect.isfunction(item) and item.__module__ == module.__name__
            if own and not name.startswith("_") and f"{short}.{name}" not in OTHERS:
                there.append(spelt(item, f"{short}.{name}"))
    assert sorted(cells("Helper")) == sorted(there)
