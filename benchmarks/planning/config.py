"""A run's configuration: typed, frozen, resolved; its hash names the run.

The hash covers every value that training depends on, the integer versions of method, family and data set, what
data and code from outside this program hold, and the base run's hash. It covers no preset name, comment, metric or
path.
"""

import hashlib
import json
import re
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from benchmarks.planning.labels import VARIED, Stream
from benchmarks.planning.registry import unknown
from benchmarks.planning.schedule import Schedule

Precision = Literal["fp32", "tf32", "bf16"]
Statistics = Literal["running", "reestimated"]  # of batch norm, in what is evaluated
RunStatistics = Statistics | Literal["reestimated-rec"]  # G's over G(E(x)), where it learns on nothing else
Count = Annotated[int, Field(ge=1)]
FIXED = 0  # the seed of a source that does not vary
Seed = Annotated[int, Field(ge=0, le=2**63 - 1)]  # what tables hold exactly
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


# Fields added after runs were first named: they are left out of a name at their default, so that finished runs keep theirs.
LATER = ("compiled", "domain", "content", "sources", "norm_statistics", "vary")
LATER_OPTIM = ("weight_decay", "average", "decay_from", "decay_to", "decay_at", "decay_by", "players")


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class PlayerOptim(Frozen):
    """What one player has otherwise than the rest; None: nothing."""

    lr: Positive | None = None
    beta1: Annotated[float, Field(ge=0, lt=1)] | None = None
    beta2: Annotated[float, Field(ge=0, lt=1)] | None = None
    eps: Positive | None = None


class Optim(Frozen):
    """The optimisers' constants; kind is a name of training/optim.py.

    clip bounds each tensor's gradient norm by 1. From the share decay_from of the budget on, the rate falls exponentially to
    decay_to of itself; after each of the steps decay_at it is multiplied by decay_by. average: decay of a moving average of the
    producers' weights, which is what is evaluated (0: none).
    players: constants of single players, by name, such as players.E.lr.
    """

    kind: str = "adam"
    lr: Positive = 2e-4
    critic_lr: Positive = 2e-4
    beta1: Annotated[float, Field(ge=0, lt=1)] = 0.5
    beta2: Annotated[float, Field(ge=0, lt=1)] = 0.999
    eps: Positive = 1e-8
    clip: Literal["none", "tensor"] = "none"
    weight_decay: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    average: Annotated[float, Field(ge=0, lt=1)] = 0.0
    decay_from: Annotated[float, Field(ge=0, le=1)] = 1.0
    decay_to: Annotated[float, Field(gt=0, le=1)] = 1.0
    decay_at: tuple[Count, ...] = ()
    decay_by: Annotated[float, Field(gt=0, le=1)] = 0.1
    players: dict[str, PlayerOptim] = {}

    def of(self, player: str, critic: bool) -> tuple["Optim", float]:
        """Returns a player's constants, and its learning rate."""
        own = self.players.get(player, PlayerOptim())
        changed = {name: value for name, value in own.model_dump().items() if value is not None}
        rate = changed.pop("lr", self.critic_lr if critic else self.lr)
        return self.model_copy(update=changed), rate

    @property
    def decays(self) -> bool:
        """Whether the learning rates change at all."""
        return self.decay_to != 1 or bool(self.decay_at)

    def decay(self, step: int, steps: int) -> float:
        """The factor on the learning rates after `step` of a budget of `steps`."""
        share, factor = step / steps, self.decay_by ** sum(step >= at for at in self.decay_at)
        if share <= self.decay_from or self.decay_to == 1:
            return factor
        return float(factor * self.decay_to ** ((share - self.decay_from) / (1 - self.decay_from)))


class Domain(Frozen):
    """A second image domain: its data set, the options of that and its version."""

    dataset: str
    data: dict[str, Any]
    version: int


def in_order(streams: Any) -> Any:
    """Returns sources of variance each once and in one order, so that one choice has one name; anything else unchanged."""
    known = get_args(Stream)
    if not isinstance(streams, list | tuple) or not all(name in known for name in streams):
        return streams
    if not streams:
        raise ValueError(f"vary: name at least one of {', '.join(known)}")
    return tuple(name for name in known if name in streams)


Streams = Annotated[tuple[Stream, ...], BeforeValidator(in_order)]


class RunConfig(Frozen):
    """Everything that decides a run's numbers.

    vary: what follows the seed, while the rest has seed 0. init: weights; order: which images make a batch; noise: latents and
    every other draw; split: a bootstrap sample of the training images (Bouthillier et al. 2021), in place of all of them.
    """

    dataset: str
    data: dict[str, Any]
    family: str
    arch: dict[str, Any]
    method: str
    weights: dict[str, float | str]
    options: dict[str, Any]
    prior: str
    latent: Count
    batch: Count
    steps: Annotated[int, Field(ge=0)]
    evaluate: tuple[Annotated[int, Field(ge=0)], ...]
    optim: Optim
    seed: Seed
    precision: Precision = "fp32"
    device: Literal["cpu", "cuda"] = "cpu"
    compiled: bool = False
    norm_statistics: RunStatistics = "running"
    vary: Streams = VARIED
    domain: Domain | None = None
    versions: dict[str, int]
    content: str = ""  # hash of what data from outside hold
    sources: dict[
        str, str
    ] = {}  # hashes of the code of method, family and data set, where they come from plugins
    base: "RunConfig | None" = None

    @field_validator("weights")
    @classmethod
    def _weights(cls, value: dict[str, float | str]) -> dict[str, float | str]:
        for weight in value.values():
            Schedule.parse(weight)
        return value

    def seed_of(self, stream: Stream) -> int:
        """Returns the seed of one source of variance."""
        return self.seed if stream in self.vary else FIXED

    def schedules(self) -> dict[str, Schedule]:
        return {name: Schedule.parse(weight) for name, weight in self.weights.items()}

    @property
    def hash(self) -> str:
        """16 hex digits that name the run."""
        values = self.model_dump(mode="json", exclude={"base", *_at_default(self, LATER)})
        for name in _at_default(self.optim, LATER_OPTIM):
            del values["optim"][name]
        values["base"] = self.base.hash if self.base else None
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


def _at_default(values: BaseModel, names: tuple[str, ...]) -> set[str]:
    fields = type(values).model_fields
    return {name for name in names if getattr(values, name) == fields[name].default}


def validated(model: type[BaseModel], values: dict[str, Any], where: str, complete: bool = True) -> Any:
    """Builds `model` from `values`. Raises ValueError in one line that names key, value and way out.

    complete=False: keys may be missing, which somebody else will give; then None is returned.
    """
    try:
        return model(**values)
    except ValidationError as error:
        found = [
            each for each in error.errors() if complete or each["type"] != "missing" or len(each["loc"]) > 1
        ]
        if not found:
            return None
        first = min(found, key=lambda each: each["type"] != "extra_forbidden")
        raise ValueError(f"{where}: {_said(model, first)}") from None


EXPECTED = {
    "tuple_type": "a list is expected, in square brackets",
    "dict_type": "a table of keys is expected",
    "model_type": "a table of keys is expected",
}


def _said(model: type[BaseModel], error: Any) -> str:
    """Returns one of pydantic's errors for people."""
    kind, parts = model, list[str]()
    for part in error["loc"]:
        fields = getattr(kind, "model_fields", {})
        if (
            isinstance(part, str)
            and not fields
            and re.fullmatch(r"float|int|str|constrained-.*|[a-z-]+\[.*", part)
        ):
            break  # not a key but which type of several was tried
        parts.append(str(part))
        # else a key of a dict, a place in a list
        kind = _inner(fields[part].annotation) if part in fields else kind
    if error["type"] == "extra_forbidden":
        place = f"key of {'.'.join(parts[:-1])}" if parts[1:] else "key"
        return str(unknown(place, parts[-1], getattr(kind, "model_fields", {})))
    if error["type"] == "missing":
        return f"{'.'.join(parts)} is missing"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    return f"{'.'.join(parts)} = {error['input']!r}: {EXPECTED.get(error['type'], error['msg'].lower())}"


def _inner(annotation: Any) -> Any:
    """Returns the model that an annotation holds, as a value of a dict, a list or one of several types; else the annotation."""
    kinds = (annotation, *get_args(annotation))
    return next(
        (kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), annotation
    )
