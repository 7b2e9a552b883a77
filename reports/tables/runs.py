"""Every run with its state, cost and, where it did not finish, the reason."""

import math
from typing import Any

from reports.store import Store
from reports.style import method_order
from reports.tables.base import ABSENT, Cell, Table, number

TONES = {"ok": "good", "failed": "bad", "diverged": "bad", "skipped": "quiet"}


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    if not math.isfinite(seconds):
        return ABSENT
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def without(store: Store, status: str) -> list[tuple[str, str, list[str]]]:
    """Returns methods, reason and metrics of the rows of runs and references that have this status."""
    rows = store.rows[
        (store.rows["status"] == status) & ((store.rows["kind"] == "method") | (status == "failed"))
    ]
    together: dict[tuple[str, str], list[str]] = {}
    for (metric, reason), group in rows.groupby(["metric", "reason"], sort=False):
        named = [store.title(name) for name in sorted(set(group["label"]), key=method_order)]
        together.setdefault((", ".join(named), str(reason)), []).append(str(metric))
    return [(names, reason, metrics) for (names, reason), metrics in together.items()]


def failures(store: Store) -> list[str]:
    """Returns a line for each metric that failed, with its reason: for the table of runs and for the terminal."""
    return [
        f"{', '.join(metrics)} failed for {names}: {reason or 'no reason given'}; the same command tries again."
        for names, reason, metrics in without(store, "failed")
        if any(metrics)
    ]


def runs(store: Store) -> Table | None:
    """One row per run, in the methods' order; skipped metrics are counted by reason in a note."""
    records = store.records
    if not len(records):
        return None
    listed: list[dict[str, Any]] = [{str(k): v for k, v in row.items()} for row in records.to_dict("records")]
    cells, frame = [], []
    for record in sorted(listed, key=lambda r: (method_order(r["label"]), r["seed"])):
        state = str(record["status"])
        seed, wall, speed, memory = (record[c] for c in ("seed", "wall_s", "steps_per_s", "peak_memory_mb"))
        cells.append(
            {
                "Method": Cell(store.title(record["label"]), record["label"]),
                "Seed": Cell(str(seed) if seed == seed else ABSENT, seed),
                "Status": Cell(state or ABSENT, state, tone=TONES.get(state, "")),
                "Wall time": Cell(duration(wall), wall),
                "Steps/s": Cell(number(speed, 1), speed),
                "Memory (MB)": Cell(number(memory, 0), memory),
                "Run": Cell(record["run"][:10] or ABSENT, record["run"]),
                "Weights": Cell(record["weights_sha256"][:10] or ABSENT, record["weights_sha256"]),
                "Device": Cell(record["device"] or ABSENT, record["device"]),
                "Reason": Cell(record["reason"] or "", record["reason"]),
            }
        )
        kept = (
            "method",
            "variant",
            "status",
            "reason",
            "run",
            "device",
            "weights_sha256",
            "torch",
            "revision",
            "seed",
        )
        frame.append(
            {k: record[k] for k in kept} | {"wall_s": wall, "steps_per_s": speed, "peak_memory_mb": memory}
        )
    notes = [
        f"{names}: no {', '.join(metrics)} ({reason or 'no reason given'})."
        if any(metrics)
        else f"{names} was not run: {reason or 'no reason given'}."
        for names, reason, metrics in without(store, "skipped")
    ]
    notes += failures(store)
    meta = store.meta
    told = (
        str(meta.get("device") or ""),
        f"command {meta['command']}" if meta.get("command") else "",
        f"revision {str(meta['revision'])[:12]}" if meta.get("revision") else "",
        str(meta.get("created") or ""),
    )
    head = " · ".join(part for part in told if part)
    return Table.of("runs", "Runs", head, cells, frame, notes)
