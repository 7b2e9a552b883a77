"""The training loop, one for all methods: it repeats a method's cycle until the budget is spent.

Everything a method never sees happens here: batches, noise, modes, gradients, optimisers, logging,
checkpoints. Weights at evaluation steps are kept, so that metrics are a matter of later. Checkpoints and
stops fall on cycle ends.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.config import RunConfig
from benchmarks.optim import Adam
from methods import noise
from methods.base import Batch, Method, Networks, State

LOG_EVERY = 20  # steps; a row of the history is the mean over them


class Source:
    """The training data of one run: uint8 images or points, gathered by index and brought to floats in [0, 1]."""

    def __init__(self, x: np.ndarray, labels: np.ndarray | None, batch: int, device: torch.device) -> None:
        self.batch, self.device = batch, device
        self._x = x if device.type == "cpu" else torch.from_numpy(np.ascontiguousarray(x)).to(device)
        self._labels = None if labels is None else torch.from_numpy(np.array(labels)).to(device).float()

    def indices(self) -> Tensor:
        """[B] rows, drawn with replacement; x and y of a batch are the same rows."""
        return noise.integers(len(self._x), self.batch)

    def x(self, rows: Tensor) -> Tensor:
        """[B, C, H, W] in channels_last memory, or [B, 2]."""
        taken = torch.from_numpy(self._x[rows.numpy()]) if isinstance(self._x, np.ndarray) else self._x[rows]
        return taken.permute(0, 3, 1, 2).float().div_(255) if taken.dtype == torch.uint8 else taken

    def y(self, rows: Tensor) -> Tensor:
        """[B, L] labels, 0 or 1."""
        assert self._labels is not None, "Method.fits must refuse data without labels"
        return self._labels[rows]


class Diverged(Exception):
    """A loss left the finite numbers."""

    def __init__(self, step: int, terms: dict[str, float], last: dict[str, float]) -> None:
        bad = ", ".join(sorted(k for k, v in terms.items() if not np.isfinite(v)))
        finite = ", ".join(f"{k} {v:.3g}" for k, v in sorted(last.items())) or "none"
        super().__init__(f"{bad} not finite by step {step}; last finite losses: {finite}")
        self.step = step


@dataclass
class Training:
    """The whole state of a run: what a checkpoint holds and the loop moves."""

    config: RunConfig
    method: Method
    networks: Networks
    source: Source
    device: torch.device
    step: int = 0
    counts: dict[str, int] = field(default_factory=dict)  # updates made on each stream
    state: State = field(default_factory=dict)
    optimisers: dict[str, Adam] = field(default_factory=dict)
    last: dict[str, float] = field(default_factory=dict)  # the newest row of the history

    def __post_init__(self) -> None:
        self.state = {name: tensor.to(self.device) for name, tensor in self.method.init_state().items()}
        self.networks.modules.to(self.device)
        optim = self.config.optim
        for player, roles in self.method.players.items():
            critic = all(self.method.roles[role].kind == "critic" for role in roles)
            named = {
                f"{role}.{k}": p for role in roles for k, p in self.networks.modules[role].named_parameters()
            }
            self.optimisers[player] = Adam(named, optim, optim.critic_lr if critic else optim.lr)

    def tensors(self) -> dict[str, Tensor]:
        """Networks, optimisers and state by name, for a checkpoint."""
        made = {f"net.{k}": v for k, v in self.networks.modules.state_dict().items()}
        made |= {f"opt.{p}.{k}": v for p, opt in self.optimisers.items() for k, v in opt.tensors().items()}
        return made | {f"state.{k}": v for k, v in self.state.items()}

    def load(self, tensors: Mapping[str, Tensor], step: int, counts: dict[str, int]) -> None:
        """Go on from a checkpoint: nothing else is needed, since randomness is keyed."""

        def part(prefix: str) -> dict[str, Tensor]:
            return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}

        self.networks.modules.load_state_dict(part("net."))
        for player, opt in self.optimisers.items():
            opt.load(part(f"opt.{player}."))
        self.state = {k: v.to(self.device) for k, v in part("state.").items()}
        self.step, self.counts = step, dict(counts)


def modes(method: Method, n: Networks, players: frozenset[str]) -> None:
    """Who learns, and who trains: critics always, producers only while they are updated (option fakes = eval)."""
    learning = {role for player in players for role in method.players[player]}
    frozen = set(method.base_roles) if method.base else set()
    for name, role in method.roles.items():
        fakes = role.kind == "producer" and method.options["fakes"] == "train" and name not in frozen
        n.modules[name].requires_grad_(name in learning)
        n.modules[name].train(name in learning or role.kind == "critic" or fakes)


def autocast(config: RunConfig) -> AbstractContextManager[Any]:
    """bf16 for what gains from it; weights and losses stay fp32."""
    return torch.autocast(config.device, torch.bfloat16) if config.precision == "bf16" else nullcontext()


def train(
    run: Training,
    on_log: Callable[[int, dict[str, float]], None],
    on_evaluation: Callable[[int], None],
    on_checkpoint: Callable[[], None],
    checkpoint_s: float = 20.0,
) -> None:
    """Train to the end of the budget. Raises Diverged at the first log point behind a loss that is not finite.

    on_log gets (step, mean of every term since the last row); on_evaluation is called at each evaluation step, and
    on_checkpoint behind it and about every `checkpoint_s` seconds, always right after a row of the history.
    """
    config, method, n = run.config, run.method, run.networks
    schedules = config.schedules()
    rng = noise.Keyed(config.seed, run.device)
    parameters = {player: list(opt.parameters.values()) for player, opt in run.optimisers.items()}
    sums: dict[str, Tensor] = {}
    seen: dict[str, int] = {}
    current: frozenset[str] = frozenset()
    saved = time.monotonic()
    updates = method.cycle()
    while updates and run.step < config.steps:
        weights = {name: schedule.at(run.step / config.steps) for name, schedule in schedules.items()}
        for u in updates:
            players = frozenset(u.terms)
            if players != current:
                modes(method, n, players)
                current = players

            # One batch, one forward pass.
            count = run.counts.get(u.draw, 0)
            rng.at(u.draw, count)
            run.counts[u.draw] = count + 1
            b = Batch(method, n, run.source, rng, run.state)
            terms: dict[str, Tensor] = {}
            with autocast(config):
                for name in dict.fromkeys(k for names in u.terms.values() for k in names):
                    with rng.scope(name):
                        terms[name] = getattr(method, f"term_{name}")(n, b)
            detached = {name: term.detach() for name, term in terms.items()}

            # All players' gradients before any of them steps.
            rates = method.rates(detached, run.state)
            gradients: dict[str, list[Tensor | None]] = {}
            for i, (player, names) in enumerate(u.terms.items()):
                loss = method.combine(player, {k: terms[k] for k in names}, weights, run.state)
                keep = i + 1 < len(u.terms)
                gradients[player] = list(
                    torch.autograd.grad(loss, parameters[player], retain_graph=keep, allow_unused=True)
                )
            for player, gradient in gradients.items():
                run.optimisers[player].step(gradient, rates.get(player, 1.0))
            method.after(detached, b, run.state)
            run.step += u.counts

            for name, value in detached.items():
                sums[name] = sums[name] + value if name in sums else value
                seen[name] = seen.get(name, 0) + 1

        # Cycle end: history, evaluation, checkpoint.
        due = run.step in config.evaluate
        if due or run.step % LOG_EVERY == 0 or run.step >= config.steps:
            row = {name: float(total) / seen[name] for name, total in sums.items()}
            sums, seen = {}, {}
            if not np.isfinite(list(row.values())).all():
                raise Diverged(run.step, row, run.last)
            run.last = row
            on_log(run.step, row)
            if due:
                on_evaluation(run.step)
            if due or time.monotonic() - saved > checkpoint_s:
                on_checkpoint()
                saved = time.monotonic()
