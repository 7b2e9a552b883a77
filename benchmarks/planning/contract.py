"""Checks of a plugin that need no training: what does not fit together is refused when it is loaded, in one line."""

from typing import Any

from benchmarks.planning.space import check_space

NO_STEPS = (
    "no update of its cycle counts as a step, so that training would never end: give G's update steps=1"
)
KINDS, PLACES = ("critic", "producer"), ("x", "x2", "z", "y", "score")


def check_method(cls: Any) -> None:
    """Raises ValueError where a method's parts do not fit together, so that it would train something else than it says."""
    where = f"method {cls.name}"
    for name in ("title", "paper", "summary", "roles", "players", "weights"):
        if not hasattr(cls, name):
            raise ValueError(f"{where} has no {name}")
    _check_names(cls, where)
    _check_options(cls, where)
    check_space(cls)
    for player, roles in cls.players.items():
        for role in roles:
            if role not in cls.roles:
                raise ValueError(f"{where}: player {player} owns {role!r}, which is no role")
    _check_cycle(cls, where)


def _check_names(cls: Any, where: str) -> None:
    for name, role in cls.roles.items():
        if role.kind not in KINDS:
            raise ValueError(f"{where}: role {name} is a {role.kind!r}: known are {', '.join(KINDS)}")
        src = (role.src,) if isinstance(role.src, str) else role.src
        for place in (*src, role.dst):
            if place not in PLACES:
                raise ValueError(f"{where}: role {name} is between {place!r}: known are {', '.join(PLACES)}")
        if isinstance(role.src, str):
            raise ValueError(f"{where}: role {name}: src is a tuple, ({role.src!r},)")
    for name in cls.weights:
        if not hasattr(cls, f"term_{name}"):
            raise ValueError(f"{where}: weight {name!r} has no term_{name}(self, n, b)")


def _check_options(cls: Any, where: str) -> None:
    options = {**cls.common, **cls.options}
    for name in options:
        if name in cls.weights:
            raise ValueError(f"{where}: {name!r} is an option and a weight: rename one of them")
    for name, choices in cls.choices.items():
        if name not in options:
            raise ValueError(f"{where}: choices of {name!r}, which is no option")
        if options[name] not in choices:
            raise ValueError(
                f"{where}: option {name} = {options[name]!r} is not one of its choices {choices}"
            )


def _check_cycle(cls: Any, where: str) -> None:
    """Checks the method's cycle with every term switched on."""
    used: set[str] = set()
    cycle = cls(tuple(cls.weights)).cycle()
    if cycle and not sum(update.steps for update in cycle):
        raise ValueError(f"{where}: {NO_STEPS}")
    for update in cycle:
        for player, terms in update.terms.items():
            if player not in cls.players:
                raise ValueError(f"{where}: an update trains {player!r}, which is no player")
            produces = any(cls.roles[role].kind == "producer" for role in cls.players[player])
            for term in terms:
                if not hasattr(cls, f"term_{term}"):
                    raise ValueError(f"{where}: term {term!r} has no term_{term}(self, n, b)")
                if produces and term not in cls.weights:
                    raise ValueError(f"{where}: {player} is trained on {term!r}, which has no weight")
            used |= set(terms)
    if unused := [name for name in cls.weights if name not in used]:
        raise ValueError(
            f"{where}: weight {unused[0]!r} is in no update of its cycle: nothing would be trained on it"
        )


def check_dataset(cls: Any) -> None:
    """Raises ValueError where a data set lacks what names and lists it."""
    for name in ("title", "summary", "version"):
        if not hasattr(cls, name):
            raise ValueError(f"data set {cls.name} has no {name}")
    if cls.kind not in ("images", "points"):
        raise ValueError(f"data set {cls.name}: kind {cls.kind!r}: known are images, points")


def check_family(cls: Any) -> None:
    """Raises ValueError where a family has no version."""
    if not isinstance(getattr(cls, "version", None), int):
        raise ValueError(f"family {cls.name} has no version, a whole number")


def check_metric(metric: Any) -> None:
    """Raises ValueError where a metric declares no value, or a direction that is none."""
    if not metric.values:
        raise ValueError(f"metric {metric.name} declares no value")
    for name, value in metric.values.items():
        if value.better not in (None, "higher", "lower"):
            raise ValueError(f"metric {metric.name}.{name}: better = {value.better!r}: higher, lower or None")
