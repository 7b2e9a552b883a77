"""Intervals where Student's t is not enough: quantities with a range, and shares of a gap."""

import math

import numpy as np
from scipy import special

from reports.power import LEAST
from reports.statistics import LEVEL, NAN, Estimate, Values, mean_interval


def bounded_interval(
    values: Values, bounds: tuple[float | None, float | None], level: float = LEVEL
) -> Estimate:
    """Student's t interval, on a scale without bounds where it would leave the quantity's range.

    The scale is the logarithm (of the distance to the one bound) or the logit (between two). The interval is then that of
    the back-transformed mean, but it is widened to hold the arithmetic mean, which is what tables print. Values at a bound
    have no logarithm: there the t interval is cut at the bound.
    """
    found = mean_interval(values, level)
    low, high = bounds
    below, above = low is not None and found.low < low, high is not None and found.high > high
    if not found.known or not (below or above):
        return found
    x = np.array(found.points)
    if low is not None and high is not None:
        share = (x - low) / (high - low)
        inside = bool(((share > 0) & (share < 1)).all())
        scaled = mean_interval(special.logit(share), level) if inside else None
        back = (
            [low + (high - low) * float(special.expit(v)) for v in (scaled.low, scaled.high)]
            if scaled
            else None
        )
    else:
        bound, sign = (low, 1.0) if low is not None else (high, -1.0)
        assert bound is not None
        inside = bool((sign * (x - bound) > 0).all())
        scaled = mean_interval(np.log(sign * (x - bound)), level) if inside else None
        back = sorted(bound + sign * math.exp(v) for v in (scaled.low, scaled.high)) if scaled else None
    if back is None or not all(map(math.isfinite, back)):
        back = [
            found.low if low is None else max(found.low, low),
            found.high if high is None else min(found.high, high),
        ]
    return Estimate(found.mean, min(back[0], found.mean), max(back[1], found.mean), found.n, found.points)


def ratio_interval(
    part: dict[int, float], whole: dict[int, float], level: float = LEVEL, resamples: int = 10_000
) -> tuple[float, float, float]:
    """mean(part) / mean(whole) over the seeds both have, with a percentile bootstrap over seeds, paired, fixed seed.

    For statements such as '42 % of the gap': NaN bounds below three seeds.
    """
    seeds = sorted(part.keys() & whole.keys())
    a, b = (np.array([v[s] for s in seeds]) for v in (part, whole))
    if not len(seeds) or not b.mean():
        return NAN, NAN, NAN
    ratio = float(a.mean() / b.mean())
    if len(seeds) < LEAST:
        return ratio, NAN, NAN
    rows = np.random.default_rng(0).integers(0, len(seeds), (resamples, len(seeds)))
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = a[rows].mean(1) / b[rows].mean(1)
    low, high = np.nanquantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return ratio, float(low), float(high)
