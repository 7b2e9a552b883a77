"""T2, T3 and T5: our rows above the published ones of the same quantity (Luo Tables 1 and 2; VEEGAN, PacGAN)."""

from dataclasses import replace
from typing import Any

from reports import published
from reports.reproduction import judge
from reports.statistics import mean_interval
from reports.store import View
from reports.tables.base import ABSENT, Cell, Table, decimals, head, kept, reference_cell
from reports.tables.summary import compared, keys, legend, method_cell, reference_rows, references, titles

PROTOCOLS_OF = {
    "ring8": ("veegan-ring", "pacgan-ring"),
    "grid25": ("veegan-grid", "pacgan-grid"),
    "stacked-mnist": ("stacked-quoted", "pacgan-stacked"),
    "stacked-digits": ("stacked-quoted", "pacgan-stacked"),
}


def published_rows(  # noqa: C901 - three kinds of rows of one table
    view: View, name: str, title: str, metrics: tuple[str, ...], protocols: tuple[str, ...]
) -> Table | None:
    """Methods, references, then published rows; the reason why values are not comparable is in the notes."""
    wanted = [key for key in keys(view) if key.metric in metrics]
    if not wanted:
        return None
    columns = titles(view, wanted)
    results = {t: compared(view, key) for t, key in columns.items()}
    places = {
        t: decimals(v for m in values.values() for v in m.values()) for t, (values, _) in results.items()
    }
    cells: list[dict[str, Cell]] = []
    frame: list[dict[str, Any]] = []
    kinds: list[str] = []

    def add(kind: str, label: Cell, row: dict[str, Cell], plain: dict[str, Any]) -> None:
        if any(cell.value is not None for cell in row.values()):
            cells.append({"Method": label, **row})
            frame.append({"kind": kind, "name": label.value, **plain})
            kinds.append(kind)

    for label in view.labels:
        row: dict[str, Cell] = {}
        plain: dict[str, Any] = {}
        for t, (values, tested) in results.items():
            own = view.store.estimate(columns[t].metric, list(values.get(label, {}).values()))
            row[t] = method_cell(view, label, own, places[t], tested)
            plain |= kept(f"{t} ", own)
        add("method", Cell(view.store.title(label), label), row, plain)
    for kind, reference in references(view):
        row, plain = {}, {}
        for t, key in columns.items():
            own = mean_interval(reference_rows(view, kind, reference, key)["value"])
            row[t], plain = reference_cell(own, places[t]), plain | kept(f"{t} ", own)
        add(kind, Cell(reference, reference, kind), row, plain)
    notes: dict[str, None] = {}
    for protocol in protocols:
        printed = [v for v in published.values() if v.protocol == protocol and published.same_data(v, view)]
        for label in dict.fromkeys(v.label for v in printed):
            row, plain = {}, {}
            for t, key in columns.items():
                value = next((v for v in printed if v.label == label and v.metric == key.metric), None)
                row[t] = Cell(value.text, value.value) if value else Cell(ABSENT)
                if value is not None:
                    judged = judge(value, view)
                    plain[f"{t} mean"], plain[f"{t} verdict"] = value.value, judged.text
                    if judged.kind in ("not at its protocol", "from memory"):
                        notes[f"{value.where}: {judged.kind}: {judged.brief}."] = None
                    elif judged.kind != "not asked":
                        row[t] = Cell(value.text, value.value, f"{judged.kind} {judged.brief}")
            one = next(v for v in printed if v.label == label)
            runs = f", {one.runs} runs" if one.runs else ""
            add(
                "published",
                Cell(view.store.title(label), label, f"{one.terms['paper']}{runs}, {one.source}"),
                row,
                plain,
            )
    rows = view.here[view.here["metric"].isin([key.metric for key in wanted])]
    shown = [p for p in protocols if published.data()["protocols"][p]["dataset"] == view.dataset]
    judged_by = dict.fromkeys(f"{published.data()['protocols'][p]['paper']}: {published.data()['protocols'][p]['judged']}."
                              for p in shown)  # fmt: skip
    notes |= dict.fromkeys(legend(results, frame, kinds))
    notes |= dict.fromkeys(published.elsewhere(view, metrics))
    return Table.of(name, title, head(view, rows), cells, frame, [*judged_by, *notes], kinds)


def dhash(view: View) -> Table | None:
    """T2, Luo Table 1: dHash similarity of generated images to their reconstructions."""
    title = "dHash similarity of generated images (Luo et al. 2017, Table 1)"
    return published_rows(view, "luo-table1", title, ("reconstruction.dhash_generated",), ("luo2017-table1",))


def labels(view: View) -> Table | None:
    """T3, Luo Table 2: label similarity of retrieved images, with every baseline; in Luo's protocol where it was asked."""
    own = any(key.metric.startswith("luo.") for key in keys(view))
    metrics = tuple(f"{'luo' if own else 'search'}.top{k}" for k in (1, 5, 10, 20))
    title = "Label similarity of retrieved images (Luo et al. 2017, Table 2)"
    return published_rows(view, "luo-table2", title, metrics, ("luo2017-table2",))


def modes(view: View) -> Table | None:
    """T5: modes, high-quality share and reverse KL beside VEEGAN's and PacGAN's rows."""
    metrics = ("modes.covered", "modes.high_quality", "modes.reverse_kl", "modes.reverse_kl_near")
    protocols = PROTOCOLS_OF.get(view.dataset, ())
    table = published_rows(view, "modes", "Modes covered", metrics, protocols)
    if table is None or "published" not in table.kinds:
        return table
    return replace(table, title="Modes covered, with the papers' values below")
