"""The difference that n seeds could have found: power of the paired t-test, by the noncentral t."""

import math
from functools import cache

from scipy import integrate, optimize, stats

ALPHA = 0.05
POWER = 0.8
LEAST = 3  # below this many values: raw points, no interval and no test
NAN = float("nan")


def detectable(sd: float, n: int, alpha: float = ALPHA) -> float:
    """The smallest true mean difference that a two-sided paired t-test over n seeds finds with POWER.

    Solves power_of(d, n, alpha) = POWER for the effect d; d * sd.
    """
    if n < LEAST or not math.isfinite(sd):
        return NAN
    return effect_size(n, alpha, POWER) * sd if sd else 0.0


def power_of(effect: float, n: int, alpha: float) -> float:
    """The power of a two-sided paired t-test over n seeds at a standardised effect (mean / sd of the differences).

    The noncentral t by its definition, E[Phi(d - t_c s) + Phi(-d - t_c s)] over s = sqrt(chi2 / df), integrated: scipy's
    nct is NaN in the tails that a corrected alpha and few seeds ask for.
    """
    df, critical, shift = n - 1, float(stats.t.ppf(1 - alpha / 2, n - 1)), effect * math.sqrt(n)

    def density(s: float) -> float:
        rejected = stats.norm.cdf(shift - critical * s) + stats.norm.cdf(-shift - critical * s)
        return float(rejected * stats.chi.pdf(s * math.sqrt(df), df) * math.sqrt(df))

    end, knee = 1 + 12 / math.sqrt(2 * df), shift / critical  # the chi ends; where the test turns
    breaks = sorted({x for x in (knee - 6 / critical, knee, knee + 6 / critical) if 0 < x < end})
    return float(integrate.quad(density, 0, end, points=breaks or None, limit=400)[0])


@cache
def effect_size(n: int, alpha: float, power: float) -> float:
    """The standardised effect of `detectable`; many cells of a table ask for the same one."""
    high = 1.0
    while power_of(high, n, alpha) < power:
        high *= 2
    return float(optimize.brentq(lambda effect: power_of(effect, n, alpha) - power, 0.0, high))
