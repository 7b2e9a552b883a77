"""Ablations as data: one factor at a time, sweeps, grids of two, ladders between methods, and budgets of equal compute.

Each is a list of arms, that is, of a method with changed preset keys; the plan, the cache and the tables know nothing else.
"""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

from benchmarks.planning import preset as presets
from benchmarks.planning.config import Optim, in_order
from benchmarks.planning.given import given
from benchmarks.planning.labels import VARY
from benchmarks.planning.preset import Arm, parse_value
from benchmarks.planning.registry import FAMILIES, METHODS, unknown
from benchmarks.planning.schedule import Schedule
from methods.base import Update

ARM_KEYS = (
    "ablate",
    "sweeps",
    "ladders",
    "equal_compute",
)  # of a preset: what asks for arms beside those it names
CLIPS = ("none", "tensor")
COMMON = ("latent", "batch", "prior")
SWITCHES = ("smooth", "noise")  # numbers and flags whose absence is a factor of its own

# A ladder climbs by one term a rung, in the order of AEGAN's equations; a rung that a published method equals is that method.
LADDERS: dict[str, dict[str, Any]] = {
    "gan-to-aegan": {
        "title": "From GAN to AEGAN, one term a rung",
        "equals": "The ends are GAN (Goodfellow et al. 2014, by Lazarou's schedule) and AEGAN (Lazarou 2020); the rungs between "
        "are AEGAN with the named terms only, and no published method.",
        "rungs": (
            ("gan", ()),
            ("aegan", ("adv_x_gen", "rec_x")),
            ("aegan", ("adv_x_gen", "rec_x", "adv_x_rec")),
            ("aegan", ("adv_x_gen", "rec_x", "adv_x_rec", "adv_z_enc")),
            ("aegan", ("adv_x_gen", "rec_x", "adv_x_rec", "adv_z_enc", "rec_z")),
            ("aegan", ()),
        ),
    },
    "ae-to-aegan": {
        "title": "From AE over AAE or EGAN to AEGAN",
        "equals": "'only rec_x' is the loss of an AE by AEGAN's schedule and optimiser; AAE (Makhzani et al. 2015) adds a critic "
        "of latents, EGAN (Lazarou 2020, after Larsen et al. 2015) one of images, AEGAN (Lazarou 2020) both.",
        "rungs": (("aegan", ("rec_x",)), ("aae", ()), ("egan", ()), ("aegan", ())),
    },
}


def _family(values: dict[str, Any]) -> str:
    """Returns the name of the family, the first part's where parts have their own. Raises ValueError for a preset with gaps."""
    return presets.build(presets.parts(values)[0]).family


def keys(values: dict[str, Any], method: str) -> dict[str, str]:
    """Returns what of a method can be changed: short name -> dotted preset key."""
    entry, family = METHODS.get(method), FAMILIES.get(_family(values))
    made = {name: name for name in COMMON} | {name: f"arch.{name}" for name in family.defaults}
    made |= {name: f"method.{method}.optim.{name}" for name in Optim.model_fields}
    made |= {name: f"method.{method}.options.{name}" for name in entry.options}
    return made | {name: f"method.{method}.weights.{name}" for name in entry.weights}


def takes(values: dict[str, Any], method: str) -> str:
    """Returns for people what of a method can be changed, by kind: `aegan takes terms rec_x, ..; options ..; ..`."""
    kinds: dict[str, list[str]] = {
        "terms": [],
        "options": [],
        "optimiser": [],
        f"family {_family(values)}": [],
    }
    places = {
        "weights": "terms",
        "options": "options",
        "optim": "optimiser",
        "arch": f"family {_family(values)}",
    }
    for name, key in keys(values, method).items():
        parts = key.split(".")
        kinds.setdefault(places.get(parts[-2] if len(parts) > 1 else "", "also"), []).append(name)
    return f"{method} takes " + "; ".join(
        f"{kind}: {', '.join(names)}" for kind, names in kinds.items() if names
    )


def all_learn(cycle: Iterable[Update]) -> bool:
    """Whether every player of every update has a term to learn from."""
    return all(terms for update in cycle for terms in update.terms.values())


def factors(values: dict[str, Any], method: str) -> list[Arm]:
    """Returns one factor at a time, from what is declared: every term off, every other choice of every option, switches off."""
    entry, family = METHODS.get(method), FAMILIES.get(_family(values))
    known = keys(values, method)
    on = [name for name, w in given(values, method, "weights").items() if Schedule.parse(w).ever]
    rests = {name: [other for other in on if other != name] for name in on}
    arms = [
        Arm(method=method, set={known[name]: 0})
        for name, rest in rests.items()
        if rest and all_learn(entry.cls(rest, given(values, method, "options")).cycle())
    ]
    now = {
        **family.defaults,
        **values.get("arch", {}),
        **given(values, method, "optim"),
        **given(values, method, "options"),
    }
    own = {
        **entry.cls.choices,
        **entry.cls.common_choices,
    }  # a schedule that few methods know is not a factor of all
    choices = {**own, **family.choices, "clip": CLIPS}
    for name, others in choices.items():
        if name in known and name in now and name != "fold":  # fold changes rounding, not the method
            arms += [Arm(method=method, set={known[name]: other}) for other in others if other != now[name]]
    off = [name for name in SWITCHES if name in known and name not in choices and now.get(name)]
    return arms + [Arm(method=method, set={known[name]: 0}) for name in off]


def ablate(values: dict[str, Any], text: str) -> list[Arm]:
    """Reads `aegan` (every factor) or `aegan:rec_z,noise`: the method, and the method without each. Raises ValueError."""
    method, _, names = text.partition(":")
    found = factors(values, method)
    if not names:
        return [Arm(method=method), *found]
    chosen = []
    for name in names.split(","):
        own = [arm for arm in found if any(key.rpartition(".")[2] == name for key in arm.set)]
        if not own:
            raise unknown(
                f"factor of {method}", name, {key.rpartition(".")[2] for arm in found for key in arm.set}
            )
        chosen += own
    return [Arm(method=method), *chosen]


def sweep(values: dict[str, Any], text: str) -> list[Arm]:
    """Reads `aegan:rec_x=1,10` or, for a grid, `aegan:rec_x=1,10;rec_z=0,5`: the method at each value. Raises ValueError."""
    method, colon, rest = text.partition(":")
    known = keys(values, method)
    axes = []
    for part in rest.split(";"):
        name, equals, listed = part.partition("=")
        if not colon or not equals or not listed:
            raise ValueError(
                f"sweep {text!r}: write METHOD:KEY=V1,V2, such as aegan:rec_x=1,10; {takes(values, method)}"
            )
        if name not in known:
            raise unknown(f"key of {method}", name, known)
        axes.append([(known[name], parse_value(value.strip())) for value in listed.split(",")])
    return [Arm(method=method), *(Arm(method=method, set=dict(point)) for point in product(*axes))]


def ladder(values: dict[str, Any], name: str) -> list[Arm]:
    """Returns the rungs of a ladder. Raises ValueError naming the known ones."""
    if name not in LADDERS:
        raise unknown("ladder", name, LADDERS)
    return [rung(values, method, terms) for method, terms in LADDERS[name]["rungs"]]


def named(values: dict[str, Any], name: str) -> list[Arm]:
    """Returns the rungs as the plan of these (expanded) values names them: what two questions ask for is one arm."""
    arms = {_key(values, arm): arm for arm in (Arm(**arm) for arm in values["arms"])}
    return [arms.get(_key(values, arm), arm) for arm in ladder(values, name)]


def rung(values: dict[str, Any], method: str, terms: tuple[str, ...]) -> Arm:
    """Returns a method with these terms only; all of them if none is named."""
    if not terms:
        return Arm(method=method)
    known = keys(values, method)
    off = {known[term]: 0 for term in METHODS.get(method).weights if term not in terms}
    return Arm(method=method, set=off, name="only " + " + ".join(terms))


def expand(values: dict[str, Any]) -> dict[str, Any]:
    """Returns raw preset values whose `ablate`, `sweeps` and `ladders` have become arms, each arm once."""
    asked = {key: values.get(key) or [] for key in ("ablate", "sweeps", "ladders")}
    if not any(asked.values()):
        return values
    arms = [Arm(**arm) for arm in values.get("arms", [])] or [
        Arm(method=name) for name in values.get("methods", [])
    ]
    arms += [arm for text in asked["ablate"] for arm in ablate(values, text)]
    arms += [arm for text in asked["sweeps"] for arm in sweep(values, text)]
    arms += [arm for name in asked["ladders"] for arm in ladder(values, name)]
    once: dict[tuple[str, str], Arm] = {}
    for arm in arms:
        once.setdefault(_key(values, arm), arm)
    return {**values, "arms": [arm.model_dump() for arm in once.values()]}


def varied(values: dict[str, Any], choices: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Returns raw preset values with every arm once more for each choice of sources of variance, its own changes kept.

    A choice has one name, in whatever order its sources are given, and one arm, however often it is asked for.
    """
    own = [Arm(**arm) for arm in values.get("arms", [])] or [
        Arm(method=name) for name in values.get("methods", [])
    ]
    made = [
        Arm(
            method=arm.method,
            set={**arm.set, "vary": list(choice)},
            name=", ".join(filter(None, (arm.label, VARY + "+".join(choice)))),
        )
        for arm in own
        for choice in dict.fromkeys(map(in_order, choices))
    ]
    return {**values, "arms": [arm.model_dump() for arm in (*own, *made)]}


def _key(values: dict[str, Any], arm: Arm) -> tuple[str, str]:
    """Returns what two arms have in common that are the same run."""
    return arm.method, repr(sorted(_changed(values, arm).items()))


def _changed(values: dict[str, Any], arm: Arm) -> dict[str, Any]:
    """Returns what an arm really changes: a value that the preset or the method has anyway is no change."""
    made = {}
    for key, value in arm.set.items():
        parts = key.split(".")
        own: Any = values
        for part in parts:
            own = own.get(part) if isinstance(own, dict) else None
        if parts[0] == "method" and len(parts) == 4 and parts[2] in ("weights", "options", "optim"):
            usual = Optim().model_dump() if parts[2] == "optim" else {}
            own = {**usual, **given(values, arm.method, parts[2])}.get(parts[3])
        elif own is None and parts[0] == "method":
            own = values.get(parts[-1])
        if own != value:
            made[key] = value
    return made


def arms_of(names: list[str], preset: dict[str, Any]) -> dict[str, Any]:
    """Returns raw preset values whose arms are those of `names`: the preset's own for a method, or the plain method."""
    arms = [Arm(**arm) for arm in preset.get("arms", [])]
    chosen = [arm for name in names for arm in ([a for a in arms if a.method == name] or [Arm(method=name)])]
    return {**preset, "methods": names, "arms": [arm.model_dump() for arm in chosen] if arms else []}
