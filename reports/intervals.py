"""Intervals where Student's t is not enough: quantities with a range, and shares of a gap."""

import math

import numpy as np
from scipy import special, stats

from reports.power import LEAST
from reports.statistics import LEVEL, NAN, Estimate, Values, mean_interval


def bounded_interval(values: Values, bounds: tuple[float | None, float | None]) -> Estimate:
    """Student's t interval, on a scale without bounds where it would leave the quantity's range.

    The scale is the logarithm (of the distance to the one bound) or the logit (between two). The interval is then that of
    the back-transformed mean, but it is widened to hold the arithmetic mean, which is what tables print. Values at a bound
    have no logarithm: there the t interval is cut at the bound.
    """
    found = mean_interval(values)
    low, high = bounds
    below, above = low is not None and found.low < low, high is not None and found.high > high
    if not found.known or not (below or above):
        return found
    x = np.array(found.points)
    if low is not None and high is not None:
        share = (x - low) / (high - low)
        inside = bool(((share > 0) & (share < 1)).all())
        scaled = mean_interval(special.logit(share)) if inside else None
        back = (
            [low + (high - low) * float(special.expit(v)) for v in (scaled.low, scaled.high)]
            if scaled
            else None
        )
    else:
        bound, sign = (low, 1.0) if low is not None else (high, -1.0)
        assert bound is not None
        inside = bool((sign * (x - bound) > 0).all())
        scaled = mean_interval(np.log(sign * (x - bound))) if inside else None
        back = sorted(bound + sign * math.exp(v) for v in (scaled.low, scaled.high)) if scaled else None
    if back is None or not all(map(math.isfinite, back)):
        back = [
            found.low if low is None else max(found.low, low),
            found.high if high is None else min(found.high, high),
        ]
    return Estimate(found.mean, min(back[0], found.mean), max(back[1], found.mean), found.n, found.points)


def ratio_interval(part: dict[int, float], whole: dict[int, float]) -> tuple[float, float, float]:
    """Computes mean(part) / mean(whole) over the seeds both have, with Fieller's interval (1954) of paired means.

    The interval holds every ratio r at which the t-test of part - r whole is not rejected: exact for normal values at any
    n, where a bootstrap of so few seeds is too narrow. Its bounds are NaN below three seeds, and where the whole itself is
    not distinguished from zero, for then the set of ratios is unbounded.
    """
    seeds = sorted(part.keys() & whole.keys())
    a, b = (np.array([v[s] for s in seeds]) for v in (part, whole))
    n = len(seeds)
    if not n or not b.mean():
        return NAN, NAN, NAN
    ratio = float(a.mean() / b.mean())
    if n < LEAST:
        return ratio, NAN, NAN
    scale = float(stats.t.ppf((1 + LEVEL) / 2, n - 1)) ** 2 / n
    (aa, ab), (_, bb) = np.cov(a, b) * scale
    square, middle, end = b.mean() ** 2 - bb, a.mean() * b.mean() - ab, a.mean() ** 2 - aa
    if square <= 0:
        return ratio, NAN, NAN
    root = math.sqrt(max(0.0, middle**2 - square * end))
    return ratio, float((middle - root) / square), float((middle + root) / square)
