"""The second image domain of a plan, `NAME:KEY=VALUE,..`: a data set whose images stand beside the first one's, unpaired.

What is not named is as in the first (`toonfaces:hair_colour=blond`, `folder:within=B`); a key may be an option of the data
set, or one of the factors that its option `fixed` can hold.
"""

from benchmarks.planning.check import alike
from benchmarks.planning.config import Domain
from benchmarks.planning.preset import parse_value
from benchmarks.planning.registry import DATASETS, unknown
from datasets.base import Dataset


def second(text: str, first: Dataset) -> Dataset | None:
    """The data set of `domain = text`, not prepared yet; None where there is none. Raises ValueError."""
    if not text:
        return None
    name, _, rest = text.partition(":")
    kind = DATASETS.get(name)
    options = {k: v for k, v in first.options.items() if k in kind.defaults and alike(v, kind.defaults[k])}
    fixed = dict(part.split("=", 1) for part in str(options.get("fixed", "")).split(",") if part)
    for part in filter(None, rest.split(",")):
        key, equals, value = (each.strip() for each in part.partition("="))
        if not equals or not value:
            raise ValueError(f"domain {text!r}: write NAME:KEY=VALUE,.., such as toonfaces:hair_colour=blond")
        if key in kind.fixable:
            fixed[key] = value
        elif key == "fixed" and kind.fixable:
            raise ValueError(f"domain {text!r}: write the factor itself, as in {name}:{value}")
        elif key in kind.defaults:
            options[key] = parse_value(value)
        else:
            raise ValueError(f"domain {text!r}: {unknown('key', key, [*kind.defaults, *kind.fixable])}")
    if kind.fixable:
        options["fixed"] = ",".join(f"{key}={value}" for key, value in fixed.items())
    made: Dataset = kind(first.cache, first.root, **options)
    if (made.kind, made.shape) != (first.kind, first.shape):
        raise ValueError(
            f"domain {text!r} has {made.kind} of shape {made.shape}, {first.name} {first.kind} of shape {first.shape}: "
            "give both the same size"
        )
    if made.key == first.key:
        raise ValueError(
            f"domain {text!r} is the data set itself: let a factor, folder or other option differ"
        )
    return made


def described(dataset: Dataset) -> Domain:
    """What a run's configuration holds of its second domain."""
    return Domain(dataset=dataset.name, data=dataset.named, version=dataset.version)


def contents(first: Dataset, other: Dataset | None) -> str:
    """What the files from outside hold, of both domains; "" where there are none."""
    each = [made.content for made in (first, other) if made is not None]
    return "+".join(each) if any(each) else ""
