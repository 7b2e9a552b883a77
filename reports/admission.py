"""Which methods a regime lets work at all: a rule about each method alone, written before any run, never about a comparison.

A comparison of networks that have not learned to draw says nothing of the methods (Lucic et al. 2018). So:

- Draws: the share of samples that the data set's classifier recognises (metric `recognition`) lies more than half way from that
  of a generator that draws nothing to that of real images. Half way, since then more than half of the samples do what real
  images do, beyond those that are recognised for no reason. Draws nothing: the better of an untrained generator and real images
  with shuffled pixels. Where these two and real images are less than half of all samples apart, the classifier cannot judge.
  A classifier can be sure of what is no image at all: a run of BiGAN on seed 0 drew one grey texture, and each sample of it was
  recognised. So where the metric `collapse`, which looks at pixels, was measured, the check is not passed with a collapsed run,
  and failed where all are; this was added then, before any run on reported seeds had been read.
- Reconstructs: the error of G(E(x)) (L1) on held-out images is below that of the mean image, which knows nothing of x.

Each is asked of the 95% interval over seeds: passed where all of it lies on the right side, failed where all lies on the wrong
one, undecided else or below three seeds. A run that diverged has no value: with such runs no check is passed, and one without
any value is failed. The share at the half is a choice; no other was tried, and none on results.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from reports.frames import Label
from reports.published import reference_value
from reports.statistics import NAN, Estimate, finite
from reports.store import View

RECOGNISED, ERROR, COLLAPSED = "recognition.recognised", "reconstruction.l1", "collapse.collapsed"
HALF = 0.5
PASSED, FAILED, OPEN, NONE = "passed", "failed", "undecided", "not applicable"
ADMITTED, REFUSED = "admitted", "not admitted"
UNJUDGED = "not judged here"  # the classifier cannot: `because` says why


@dataclass(frozen=True)
class Check:
    """One question to one method: its value, the limit it is held against, and what came out."""

    value: Estimate
    limit: float
    verdict: str
    reason: str = ""


@dataclass(frozen=True)
class Admission:
    """Both checks of a method."""

    draws: Check
    reconstructs: Check

    @property
    def because(self) -> str:
        """The verdict, and of one that could not be reached why."""
        return self.verdict + (f", because {self.draws.reason}" if self.verdict == UNJUDGED else "")

    @property
    def verdict(self) -> str:
        """Admitted where every check that applies is passed; not admitted where one is failed."""
        own = [check.verdict for check in (self.draws, self.reconstructs) if check.verdict != NONE]
        if not own:
            return NONE
        if FAILED in own:
            return REFUSED
        if UNJUDGED in own:
            return UNJUDGED
        return ADMITTED if set(own) == {PASSED} else OPEN


def reason(view: View, name: Label, metric: str) -> str:
    """Returns why a method has no value of a metric."""
    rows = view.methods[(view.methods["label"] == name) & (view.methods["metric"] == metric)]
    return next((str(each) for each in rows["reason"] if each), "no run with a value")


def drawing_limit(view: View) -> tuple[float, str]:
    """Returns the share that has to be exceeded, or NaN and why there is none."""
    real = reference_value(view, "real", RECOGNISED)
    nothing = max(
        finite([reference_value(view, name, RECOGNISED) for name in ("untrained", "shuffled")]), default=NAN
    )
    if not math.isfinite(real - nothing):
        return NAN, "recognition was not measured"
    if real - nothing < HALF:
        return NAN, f"the classifier recognises {nothing:.0%} of what is no image"
    return nothing + HALF * (real - nothing), ""


def judged(value: Estimate, limit: float, higher: bool, reason: str = "") -> Check:
    """Returns a value against its limit, by its interval."""
    if not value.n or not math.isfinite(limit):
        return Check(value, limit, NONE, reason)
    if not value.known:
        return Check(value, limit, OPEN, f"n = {value.n}, too few for an interval")
    right, wrong = (
        (value.low > limit, value.high < limit) if higher else (value.high < limit, value.low > limit)
    )
    return Check(value, limit, PASSED if right else FAILED if wrong else OPEN, reason)


def with_diverged(check: Check, view: View, name: Label, metric: str) -> Check:
    """Returns the check with the runs in mind that diverged, which no interval over the others knows of."""
    own = view.methods[view.methods["label"] == name]
    lost = own.loc[own["status"] == "diverged", "seed"].nunique()
    skipped = ((own["metric"] == metric) & (own["status"] == "skipped")).any()
    if not lost or skipped or not math.isfinite(check.limit):
        return check
    verdict = FAILED if not check.value.n else OPEN if check.verdict == PASSED else check.verdict
    return Check(check.value, check.limit, verdict, f"{lost} of {own['seed'].nunique()} runs diverged")


def with_collapsed(check: Check, verdicts: Mapping[int, float]) -> Check:
    """Returns the check with the runs in mind that are judged collapsed, in whose samples a classifier may recognise anything."""
    collapsed = sum(verdict == 1 for verdict in verdicts.values())
    if not collapsed or not check.value.n:
        return check
    everything = collapsed == len(verdicts)
    verdict = FAILED if everything else OPEN if check.verdict == PASSED else check.verdict
    told = f"{collapsed} of {len(verdicts)} runs collapsed"
    reason = f"{check.reason} ({told})" if verdict == UNJUDGED else told
    return Check(check.value, check.limit, verdict, reason)


def admissions(view: View) -> dict[Label, Admission]:
    """Returns every method of a view with its checks; empty where recognition was not measured."""
    if RECOGNISED not in set(view.ok["metric"]):
        return {}
    shares, errors, collapses = view.at(RECOGNISED), view.at(ERROR), view.at(COLLAPSED)
    limit, why = drawing_limit(view)
    mean_image = reference_value(view, "mean-image", ERROR)
    found = {}
    for name in view.labels:
        share = view.store.estimate(RECOGNISED, list(shares.get(name, {}).values()))
        error = view.store.estimate(ERROR, list(errors.get(name, {}).values()))
        if view.store.meta.get("methods", {}).get(name.method, {}).get("ex_post"):
            draws = Check(share, limit, NONE, "samples are of a Gaussian fitted afterwards")
        else:
            draws = judged(share, limit, True, why or ("" if share.n else reason(view, name, RECOGNISED)))
            if why and share.n:
                draws = Check(share, limit, UNJUDGED, why)  # it draws, and nobody can say what
            draws = with_collapsed(draws, collapses.get(name, {}))
            draws = with_diverged(draws, view, name, RECOGNISED)
        told = "" if error.n else reason(view, name, ERROR)
        reconstructs = with_diverged(judged(error, mean_image, False, told), view, name, ERROR)
        found[name] = Admission(draws, reconstructs)
    return found
