"""Who collapsed, in a sentence, and whether the difference from GAN is more than chance."""

from reports.claims import could_show
from reports.power import ALPHA
from reports.statistics import Count, fisher, holm, tally
from reports.store import View
from reports.tables.collapse import VERDICT, opponent, owners
from reports.words import FEW, joined, setting


def collapsed(view: View) -> str:
    """The counts, then the tests against GAN: one generator is named and tested once."""
    found = view.at(VERDICT)
    if not found:
        return f"{setting(view)}, collapse was not measured."
    owner = owners(view, found)
    counts: dict[str, Count] = {
        name: tally(found[name]) for name in view.labels if name in found and owner[name] == name
    }
    told = counted(view, counts)
    borrowed: dict[str, list[str]] = {}
    for name in (name for name in view.labels if name in found and owner[name] != name):
        borrowed.setdefault(view.store.title(owner[name]), []).append(view.store.title(name))
    if borrowed:
        told += f" ({'; '.join(f'the samples of {joined(names)} are those of {own}' for own, names in borrowed.items())})"
    return f"{setting(view)}, {told}{against(view, found, counts)}."


def counted(view: View, counts: dict[str, Count]) -> str:
    """Few methods with their intervals; of many those that collapsed, or how many of them did."""
    title = view.store.title
    if len(counts) <= FEW:
        first, *rest = [
            (title(n), f"in {c.k} of {c.n} runs (95% interval {c.low:.0%} to {c.high:.0%})")
            for n, c in counts.items()
        ]
        return joined([f"{first[0]} collapsed {first[1]}", *(f"{name} {many}" for name, many in rest)])
    fallen = {n: c for n, c in counts.items() if c.k}
    others = len(counts) - len(fallen)
    if not fallen:
        return f"no run of {len(counts)} methods and variants collapsed"
    if len(fallen) > 2 * FEW:
        every = sum(c.k == c.n for c in fallen.values())
        return (
            f"{len(fallen)} of {len(counts)} methods and variants collapsed in at least one run, {every} of them in "
            "every run"
        )
    named = joined([f"{title(n)} ({c.k} of {c.n} runs)" for n, c in fallen.items()])
    return f"{named} collapsed" + (f", and no run of the other {others} did" if others else "")


def against(view: View, found: dict[str, dict[int, float]], counts: dict[str, Count]) -> str:
    """What Fisher's exact test against GAN establishes; "" where there is no GAN."""
    tested = {n: other for n in view.labels if n in counts and (other := opponent(n, found)) in counts}
    if not tested:
        return ""
    adjusted = holm([fisher(counts[a].k, counts[a].n, counts[b].k, counts[b].n) for a, b in tested.items()])
    family = f", Holm over {len(tested)}" if len(tested) > 1 else ""
    sure: dict[str, list[str]] = {}
    largest = 0.0
    for (a, b), p in zip(tested.items(), adjusted, strict=True):
        if p < ALPHA:
            fewer = counts[a].k / counts[a].n < counts[b].k / counts[b].n
            how = f"{'less' if fewer else 'more'} often than {view.store.title(b)}"
            sure.setdefault(how, []).append(view.store.title(a))
            largest = max(largest, p)
    open_ = len(tested) - sum(map(len, sure.values()))
    told = [f"{joined(names)} collapse{'s' * (len(names) == 1)} {how}" for how, names in sure.items()]
    if told:
        sign = "=" if len(tested) == 1 else "≤"
        told[-1] += f" (Fisher's exact test{family}, p {sign} {largest:.2g})"
        if open_:
            told.append(f"for the other {open_} no difference from GAN is established")
    else:
        smallest = min(counts[n].n for n in tested), min(counts[b].n for b in tested.values())
        told.append(
            f"no difference from GAN is established (Fisher's exact test; {could_show(*smallest, len(tested))})"
        )
    return f": {'; '.join(told)}"
