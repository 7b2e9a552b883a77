"""What two stores have by one name and is yet not the same: other versions, extractors, data or numbers of samples."""

from reports.store import View


def other_extractor(a: View, b: View, name: str) -> str:
    """Says how two extractors of one name differ, as far as both stores describe theirs; "" where they do not."""
    told = [view.about.get("extractor") or {} for view in (a, b)]
    details = [str(each.get("detail") or "") if each.get("name") == name else "" for each in told]
    return f"{details[0]} before, {details[1]} after" if all(details) and details[0] != details[1] else ""


def kept_apart(a: View, b: View) -> list[str]:
    """One line on what both views have by name, but under another version, by another extractor or of other samples."""
    versions: list[dict[tuple[str, str], set[float]]] = []
    for view in (a, b):
        rows = view.ok[["metric", "extractor", "version"]].dropna().drop_duplicates()
        own: dict[tuple[str, str], set[float]] = {}
        for metric, extractor, version in rows.itertuples(index=False, name=None):
            own.setdefault((metric, extractor), set()).add(version)
        versions.append(own)
    found: dict[str, None] = {}
    data = [view.about.get("data") for view in (a, b)]
    if all(data) and data[0] != data[1]:
        found[f"{b.id}: the data are not the same ({data[0]} before, {data[1]} after)"] = None
    for key in (k for k in versions[0] if k in versions[1]):
        before, after = (", ".join(f"{v:.0f}" for v in sorted(own[key])) for own in versions)
        if not versions[0][key] & versions[1][key]:
            found[f"{b.id}: {key[0].partition('.')[0]} is version {before} before, {after} after"] = None
        rules = [dict(v.store.meta.get("metrics", {}).get(key[0], {}).get("parts") or {}) for v in (a, b)]
        if rules[0] != rules[1]:
            parts = [", ".join(f"{k} {v}" for k, v in sorted(r.items())) or "not stored" for r in rules]
            found[f"{b.id}: {key[0].partition('.')[0]} rests on {parts[0]} before, {parts[1]} after"] = None
        if differs := other_extractor(a, b, key[1]):
            found[f"{b.id}: extractor {key[1]} is {differs}"] = None
    sizes = [_sizes(view) for view in (a, b)]
    for label, metric in (k for k in sizes[0] if k in sizes[1] and not sizes[0][k] & sizes[1][k]):
        before, after = (", ".join(f"{n:,.0f}" for n in sorted(own[label, metric])) for own in sizes)
        group = metric.partition(".")[0]
        found[f"{b.id}: {group} of {label} is measured on {before} samples before, {after} after"] = None
    return list(found)


def _sizes(view: View) -> dict[tuple[str, str], set[float]]:
    """Returns the numbers of samples on which each (label, metric) was measured."""
    found: dict[tuple[str, str], set[float]] = {}
    rows = view.ok[["label", "metric", "n"]].dropna().drop_duplicates()
    for label, metric, n in rows.itertuples(index=False, name=None):
        found.setdefault((label, metric), set()).add(n)
    return found
