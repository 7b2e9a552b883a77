"""One column of a table compared: every pair of contestants tested over common seeds, and who leads."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.power import ALPHA
from reports.statistics import Paired, holm, mean_interval, paired


@dataclass(frozen=True)
class Column:
    """All pairs of one column compared: the family of Holm's correction is every pair of its contestants.

    pairs holds the difference first - second over the seeds that both have; who leads, and whether that is sure, is read
    off these differences alone. same: names whose values are one contestant's (one generator, several encoders).
    """

    pairs: dict[tuple[str, str], Paired]
    adjusted: dict[tuple[str, str], float]
    best: str  # the method that is better than every other after correction; "" where there is none
    leader: str  # wins the most of its pairs, marked or not
    ties: tuple[str, ...]  # methods that the test does not separate from the leader
    same: tuple[tuple[str, ...], ...] = ()

    @property
    def family(self) -> str:
        return (
            f"{len([p for p in self.adjusted.values() if math.isfinite(p)])} pairs of methods in this column"
        )


def contestants(
    values: Mapping[str, dict[int, float]], alike: Sequence[Sequence[str]] = ()
) -> list[tuple[str, ...]]:
    """The names of `values` in groups that are one contestant: those of `alike` whose values are equal at every seed."""
    groups: list[tuple[str, ...]] = []
    for name in values:
        peers = next((set(group) for group in alike if name in group), {name})
        known = next((g for g in groups if g[0] in peers and values[g[0]] == values[name]), None)
        if known is None:
            groups.append((name,))
        else:
            groups[groups.index(known)] = (*known, name)
    return groups


def compare_column(
    values: Mapping[str, dict[int, float]], better: str | None, alike: Sequence[Sequence[str]] = ()
) -> Column:
    """Compares every pair of methods by a paired t-test over their common seeds, Holm-corrected.

    values: method -> seed -> value. alike: groups of methods that share a generator; where their values are the same they
    enter once, under the first one's name.
    """
    groups = contestants(values, alike)
    names = [group[0] for group in groups]
    keys = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    pairs = {key: paired(values[key[0]], values[key[1]], tests=len(keys)) for key in keys}
    adjusted = dict(zip(keys, holm([pairs[key].p for key in keys]), strict=True))
    same = tuple(group for group in groups if len(group) > 1)
    means = {name: mean_interval(list(values[name].values())).mean for name in names}
    known = [name for name in names if math.isfinite(means[name])]
    if better not in ("higher", "lower") or not known:
        return Column(pairs, adjusted, "", "", (), same)
    sign = 1.0 if better == "higher" else -1.0

    def ahead(a: str, b: str) -> float:
        """By how much a is better than b on their common seeds; NaN where they have none."""
        return sign * (pairs[a, b].mean if (a, b) in pairs else -pairs[b, a].mean)

    wins = {a: sum(ahead(a, b) > 0 for b in known if b != a) for a in known}
    leader = max(known, key=lambda name: (wins[name], sign * means[name]))
    others = [name for name in known if name != leader]

    def beats(other: str) -> bool:
        key = (leader, other) if (leader, other) in pairs else (other, leader)
        return adjusted[key] < ALPHA and ahead(leader, other) > 0

    ties = tuple(name for name in others if not beats(name))
    return Column(pairs, adjusted, leader if others and not ties else "", leader, ties, same)
