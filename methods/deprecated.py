"""Old spellings of the contract: each still works, with one warning that names the new one."""

import functools
import warnings
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

T = TypeVar("T", bound=type)


def warn(old: str, new: str) -> None:
    """Says once a place that `old` is now called `new`."""
    warnings.warn(f"{old} is now called {new}; the old name will be removed", FutureWarning, stacklevel=3)


def keywords(**names: str) -> Callable[[T], T]:
    """Lets a class be made with old keywords, and be asked for old attributes: old=new."""

    def decorate(cls: T) -> T:
        init = cls.__init__  # type: ignore[misc]

        @functools.wraps(init)
        def __init__(self: Any, *args: Any, **given: Any) -> None:  # noqa: N807
            for old in given.keys() & names.keys():
                warn(f"{cls.__name__}({old}=...)", f"{cls.__name__}({names[old]}=...)")
                given[names[old]] = given.pop(old)
            init(self, *args, **given)

        cls.__init__ = __init__  # type: ignore[misc]
        for old, new in names.items():
            setattr(cls, old, _alias(cls.__name__, old, new))
        return cls

    return decorate


def _alias(owner: str, old: str, new: str) -> property:
    def read(self: Any) -> Any:
        warn(f"{owner}.{old}", new)
        return getattr(self, new)

    return property(read)


def attributes(cls: type, names: Mapping[str, str]) -> None:
    """Gives a new subclass's old class attributes their new names; called from __init_subclass__."""
    for old in vars(cls).keys() & names.keys():
        warn(f"{cls.__name__}.{old}", names[old])
        setattr(cls, names[old], vars(cls)[old])


def renamed(module: str, values: Mapping[str, Any], name: str, names: Mapping[str, str]) -> Any:
    """Looks up a module's old name; called from the module's __getattr__. Raises AttributeError for any other."""
    if name not in names:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    warn(f"{module}.{name}", names[name])
    return values[names[name]]
