"""What a method is, as its own file says it: for pages that know results and no methods."""

import inspect
import json
import textwrap
from typing import Any

from benchmarks.planning.registry import METHODS, Entry
from methods.base import Method


def methods() -> dict[str, dict[str, Any]]:
    """Returns name -> title, paper, summary, text (its file's docstring), networks, terms, options, recommended, deviations."""
    return {entry.name: _facts(entry) for entry in METHODS}


def _facts(entry: Entry) -> dict[str, Any]:
    cls = entry.cls
    return {
        "title": entry.title,
        "paper": entry.paper,
        "summary": entry.summary,
        "text": inspect.cleandoc(inspect.getmodule(cls).__doc__ or ""),  # type: ignore[union-attr]
        "variant_of": "" if entry.name == cls.name else cls.name,
        "networks": {name: _role(role) for name, role in cls.roles.items()},
        "base": f"{', '.join(cls.base_roles)} of {cls.base}, frozen" if cls.base else "",
        "terms": [_term(entry, name) for name in _terms(entry)],
        "options": {name: _shown(value) for name, value in entry.options.items()},
        "recommended": _shown(dict(entry.recommended)) if entry.recommended else "",
        "deviations": list(cls.deviations),
    }


def _role(role: Any) -> str:
    return f"{role.kind}: {', '.join(role.src)} to {role.dst}"


def _terms(entry: Entry) -> list[str]:
    """Returns the names of a method's terms: those with weights first, then the critics'."""
    every = [name.removeprefix("term_") for name in dir(entry.cls) if name.startswith("term_")]
    # off where it has no weight
    every = [n for n in every if n in entry.weights or not hasattr(Method, f"term_{n}")]
    return [*(name for name in entry.weights if name in every), *(n for n in every if n not in entry.weights)]


def _term(entry: Entry, name: str) -> dict[str, str]:
    """Returns name, weight and equation of a term: the body of its function."""
    lines = textwrap.dedent(inspect.getsource(getattr(entry.cls, f"term_{name}"))).splitlines()
    start = next(i for i, line in enumerate(lines) if line.rstrip().endswith(":")) + 1
    body = textwrap.dedent("\n".join(lines[start:]))
    weight = f"{entry.weights[name]:g}" if name in entry.weights else "1"
    return {"name": name, "weight": weight, "equation": body.removeprefix("return ")}


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
