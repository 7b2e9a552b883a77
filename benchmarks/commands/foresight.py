"""What a plan would not do, said before anything is trained: metrics without a value, flags without an effect, changes that
would come after the last step."""

from argparse import Namespace

from benchmarks.metrics.base import NEEDS, Metric
from benchmarks.planning.plan import Node, Plan
from benchmarks.planning.registry import DATASETS, METHODS, METRICS
from benchmarks.snapshots.inception import in_hub


def unmeasured(plan: Plan) -> list[str]:
    """Returns a line for the metrics that no run of a part can have, with the reason.

    What only a finished run or its data's factors tell is left to the report.
    """
    lines = []
    for preset in plan.presets:
        place = preset.dataset, preset.family
        nodes = [node for node in plan.runs if (node.config.dataset, node.config.family) == place]
        reasons: dict[str, list[str]] = {}
        for metric in map(METRICS.get, preset.metrics):
            found = [_unmet(metric, node) for node in nodes]
            if found and all(found):
                reasons.setdefault(found[0], []).append(metric.name)
        lines += [
            f"no value of {', '.join(names)} on {preset.dataset}: {why}" for why, names in reasons.items()
        ]
    return lines


def _unmet(metric: Metric, node: Node) -> str:
    """Returns why a metric cannot be computed of a run, as far as its plan tells; "" where it can."""
    spec, can = node.spec, METHODS.get(node.config.method).cls.can()
    met = {
        **{word: word in can for word in ("generate", "encode", "translate")},
        "domains": node.config.domain is not None,
        "labels": spec.labels > 0,
        "images": spec.images,
        "points": not spec.images,
    }
    for need, reason in NEEDS.items():
        if need in metric.needs and not met.get(need, True):
            return reason
    named = node.context.extractors or node.context.inception_weights or in_hub().exists()
    if metric.extractor and spec.images and not (spec.labels or named):
        return "without labels no classifier is trained to look through (name a network: --extractor random)"
    return ""


def too_late(plan: Plan) -> list[str]:
    """Returns a line for each change of a learning rate or of a weight that no run is long enough to see."""
    lines = []
    for config in (node.config for node in plan.runs):
        steps = f"the run ends at step {config.steps:,}"
        lines += [
            f"{config.method}: decay_at = {at:,} does nothing: {steps}"
            for at in config.optim.decay_at
            if at >= config.steps
        ]
        lines += [
            f"{config.method}: {name} stays {weight.first:g} and is not switched to {weight.last:g} at {weight.step:,}: {steps}"
            for name, weight in config.schedules().items()
            if weight.shape == "switch" and weight.step >= config.steps
        ]
    return list(dict.fromkeys(lines))


def idle(args: Namespace, plan: Plan) -> list[str]:
    """Returns a line for each flag that this plan has no use for."""
    named = dict.fromkeys(preset.dataset for preset in plan.presets)
    domains = [node.config.domain.dataset for node in plan.runs if node.config.domain]
    lines = []
    if not any(DATASETS.get(name).needs_root for name in (*named, *domains)):
        flags = {f"--data-root {args.data_root}": args.data_root, "--download": args.download}
        lines += [
            f"{flag} does nothing: {', '.join(named)} needs no files"
            for flag, given in flags.items()
            if given
        ]
    there = {node.config.method for node in plan.runs}
    own = [text.split(".")[1] for text in args.set if text.startswith("method.") and text.count(".") > 1]
    lines += [
        f"--set method.{name}. ... does nothing: {name} is not in this plan"
        for name in own
        if name not in there
    ]
    if args.executor == "inprocess" and (args.workers or 1) > 1:
        lines.append(f"--workers {args.workers} does nothing: --executor inprocess is one worker")
    return lines
