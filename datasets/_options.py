"""What a data set's options may be: refused in one line that names the option, its value and the known ones."""

import difflib
from typing import Any

HIGHEST = {"size": 4096, "crop": 4096, "n_train": 10**9, "n_test": 10**9}


def check(owner: Any, key: str, value: Any) -> None:
    """Raises ValueError for an unknown option, or a value of another type than its default's."""
    if key not in owner.defaults:
        near = difflib.get_close_matches(key, owner.defaults, 1, 0.0)
        hint = f"; the nearest known option is '{near[0]}'" if near else ""
        known = ", ".join(owner.defaults) or "none"
        raise ValueError(f"{owner.name} has no option '{key}'{hint} (known: {known})")
    default = owner.defaults[key]
    if type(value) is not type(default) and (type(default), type(value)) != (float, int):
        raise ValueError(f"{owner.name}: {key}={value!r} should be of type {type(default).__name__}")
    if key in HIGHEST and value > HIGHEST[key]:
        raise ValueError(f"{owner.name}: {key}={value} is too large; at most {HIGHEST[key]:,}")
    if key == "test_share" and not 0 < value < 1:
        raise ValueError(f"{owner.name}: test_share={value} should be between 0 and 1")


def at_least(owner: Any, **lowest: int) -> None:
    """Raises ValueError for the first of the options that is below its lowest value."""
    for option, low in lowest.items():
        if owner.options[option] < low:
            raise ValueError(f"{owner.name}: {option}={owner.options[option]} is too small; at least {low}")
