"""What a results folder holds apart from what was asked for: runs and values of another version, and other runs.

A version is part of what names a run or a metric's file, so nothing of another version ever enters a table. Here
it is found again and shown apart, with what differs. Without torch: reports read this through benchmarks.results.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.planning.config import LATER, LATER_OPTIM, Optim, RunConfig
from benchmarks.storage.files import intact, read_json
from benchmarks.storage.run_folder import RECORD, RunFolder, run_paths

NAMED = {"metric", "version", "extractor", "n", "step"}  # what a value file's key has at least
Config = dict[str, Any]  # a run's, as config.json holds it
TITLES = {"method": "method", "family": "family", "dataset": "data set"}


@dataclass(frozen=True)
class Apart:
    """Runs that were not asked for. earlier: a run -> (the asked one that differs by versions, or by what
    data or code from outside hold, only; what differs).
    """

    earlier: dict[str, tuple[str, str]]
    others: tuple[str, ...]


def runs(out: Path, asked: Mapping[str, Config]) -> Apart:
    """Returns the runs in `out` that are not among the asked ones (by name). What cannot be read is not listed."""
    same = {_unversioned(config): run for run, config in asked.items()}
    earlier: dict[str, tuple[str, str]] = {}
    others: list[str] = []
    for run in (path.name for path in run_paths(out) if path.name not in asked):
        config = config_of(out, run)
        if config is None:
            continue
        twin = same.get(_unversioned(config))
        if twin is None:
            others.append(run)
        else:
            earlier[run] = twin, ", ".join(_differences(config, asked[twin]))
    return Apart(earlier, tuple(others))


def config_of(out: Path, run: str) -> Config | None:
    """Returns a run's config.json, or None where there is none that can be read."""
    try:
        made = read_json(RunFolder(out, run).path / "config.json")
        return made if isinstance(made.get("versions"), dict) else None
    except (OSError, ValueError, AttributeError):
        return None


def values(folder: Path) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Yields (key, rows) of every sound metric file of a run or of reference rows."""
    for path in sorted((folder / "metrics").glob("*.json")):
        try:
            made = read_json(path)
            if intact(made) and made["key"].keys() >= NAMED and isinstance(made["rows"], list):
                yield made["key"], made["rows"]
        except (OSError, ValueError, KeyError, AttributeError):
            continue


def version_of(key: Mapping[str, Any], now: Iterable[int]) -> str:
    """Returns `metric fid version 1 (now 2)`."""
    return f"metric {key['metric']} version {key['version']} (now {', '.join(map(str, sorted(now)))})"


def lines(out: Path, asked: Mapping[str, Config], metrics: Mapping[str, set[int]]) -> list[str]:
    """Returns for people what is kept apart and why. `metrics`: the versions that are asked for, by name."""
    found = runs(out, asked)
    counts: dict[str, int] = {}
    for twin, differs in found.earlier.values():
        what = f"{asked[twin]['method']}: {differs}"
        counts[what] = counts.get(what, 0) + 1
    made = [f"{what}: {plural(n, 'run')} kept apart, in tables/earlier" for what, n in counts.items()]
    old: dict[str, int] = {}
    for run in asked:
        for key, _ in values(RunFolder(out, run).path):
            now = metrics.get(key["metric"], {key["version"]})
            if key["version"] not in now:
                what = version_of(key, now)
                old[what] = old.get(what, 0) + 1
    made += [f"{what}: {plural(n, 'value file')} kept apart, in tables/earlier" for what, n in old.items()]
    if found.others:
        made.append(f"{plural(len(found.others), 'other run')} in this folder, in no table")
    return made


def metric_versions(table: pd.DataFrame) -> dict[str, set[int]]:
    """Returns the versions of the metrics in a tidy table."""
    found: dict[str, set[int]] = {}
    known = table.loc[table["version"].notna(), ["metric", "version"]].drop_duplicates()
    for name, version in known.itertuples(index=False, name=None):
        found.setdefault(name.partition(".")[0], set()).add(int(version))
    return found


def rows(out: Path, table: pd.DataFrame, records: pd.DataFrame) -> list[dict[str, Any]]:
    """Returns tidy rows, with `differs`, of the runs and values of another version than those that the table holds.

    A run that has no values or did not end well has a row that says how it ended.
    """
    now = metric_versions(table)
    variants = dict(zip(records["run"], records["variant"], strict=True))
    asked = {run: config for run in variants if (config := config_of(out, run)) is not None}
    found = {**runs(out, asked).earlier, **{run: (run, "") for run in asked}}
    made: list[dict[str, Any]] = []
    for run, (twin, differs) in found.items():
        about = {"run": run, "kind": "method", "variant": variants[twin]}
        about |= {name: asked[twin][name] for name in ("dataset", "family", "method", "seed", "precision")}
        own = []
        for key, values_of in values(RunFolder(out, run).path):
            versions = now.get(key["metric"], set())
            older = versions and key["version"] not in versions
            if versions and (differs or older):
                reasons = [differs] * bool(differs) + [version_of(key, versions)] * bool(older)
                own += _tidy(key, values_of, {**about, "differs": ", ".join(reasons)})
        ended = _ended(out, run)
        if differs and (not own or ended["status"] != "ok"):
            own.append({**about, **ended, "metric": "", "differs": differs})
        made += own
    return made


def _tidy(key: dict[str, Any], found: list[dict[str, Any]], about: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the values of one metric file."""
    own = {**about, **{name: key[name] for name in ("extractor", "split", "step", "version")}}
    return [
        {
            **own,
            "n": row["n"],
            "metric": f"{key['metric']}.{name}",
            "value": value,
            "status": "ok",
            "reason": "",
        }
        for row in found
        for name, value in row["values"].items()
    ]


def _ended(out: Path, run: str) -> dict[str, Any]:
    """Status and reason of a run without values."""
    try:
        record = read_json(RunFolder(out, run).path / RECORD)
        return {"status": record["status"], "reason": record["reason"], "step": record["step"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {"status": "unfinished", "reason": ""}


def plural(n: int, what: str) -> str:
    """Returns `1 run`, `2 runs`."""
    return f"{n} {what}{'s' * (n != 1)}"


def _unversioned(config: Config) -> str:
    """Everything but versions and what data and code from outside hold, the base's too: equal for runs that differ by these."""

    def plain(one: Config) -> Config:
        base, domain = one.get("base"), one.get("domain")
        usual = {
            name: RunConfig.model_fields[name].default for name in LATER
        }  # a file from before these has none of them
        own = {**Optim().model_dump(mode="json", include=set(LATER_OPTIM)), **one.get("optim", {})}
        one = {**usual, **one, "optim": own}
        apart: Config = {"versions": None, "content": "", "sources": {}}
        apart["domain"] = {**domain, "version": None} if domain else None
        return {**one, **apart, "base": plain(base) if base else None}

    return json.dumps(plain(config), sort_keys=True)


def _differences(found: Config, now: Config, isbase: bool = False) -> Iterator[str]:
    """Returns `method version 1 (now 2)` for each version that differs; a base names its method too."""
    for part, title in TITLES.items():
        old, new = found["versions"].get(part), now["versions"].get(part)
        if old != new:
            yield f"{title} version {old} (now {new})"
        old, new = (config.get("sources", {}).get(part) for config in (found, now))
        if old != new:
            yield f"another plugin's {title} ({old or 'none'}, now {new or 'none'})"
    old, new = (config.get("content", "") for config in (found, now))
    if old != new and not isbase:
        yield f"other data ({old or 'as published'}, now {new or 'as published'})"
    old, new = ((config.get("domain") or {}).get("version") for config in (found, now))
    if old != new:
        yield f"second domain version {old} (now {new})"
    old, new = (config.get("sources", {}).get("domain") for config in (found, now))
    if old != new:
        yield f"another plugin's second domain ({old or 'none'}, now {new or 'none'})"
    if found.get("base") and now.get("base"):
        own = (line for line in _differences(found["base"], now["base"], True) if "method" in line)
        yield from (f"its base {now['base']['method']}: {line}" for line in own)
