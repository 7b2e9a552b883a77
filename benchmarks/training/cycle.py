"""One cycle of a method's updates: batches, terms, gradients, steps. What the host decides stands apart from the work on
tensors, so that a GPU can be given a whole cycle at once (recording.py).
"""

from collections import Counter
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor

from benchmarks.planning.config import RunConfig
from benchmarks.training.state import Training, draws
from methods import noise
from methods.base import Batch, Method, Networks, State, Update


def modes(method: Method, n: Networks, players: frozenset[str]) -> None:
    """Who learns, and who trains: who judges always, producers only while they are updated (option fakes = eval)."""
    learning = {role for player in players for role in method.players[player]}
    frozen = set(method.base_roles) if method.base else set()
    for name, role in method.roles.items():
        fakes = role.kind == "producer" and method.options["fakes"] == "train" and name not in frozen
        n.modules[name].requires_grad_(name in learning)
        n.modules[name].train(name in learning or role.judges or fakes)


def autocast(config: RunConfig) -> AbstractContextManager[Any]:
    """bf16 for what gains from it; weights and losses stay fp32."""
    return torch.autocast(config.device, torch.bfloat16) if config.precision == "bf16" else nullcontext()


def names(u: Update) -> Iterable[str]:
    """The terms of an update, each once though two players list it."""
    return dict.fromkeys(name for terms in u.terms.values() for name in terms)


class Cycle:
    """One cycle of a run. What the host decides is in `prepare`; calling it is work on tensors alone, and what outlives
    the call stays where it is, so that a graph can repeat it. static: a changing weight is a tensor too.
    """

    def __init__(self, run: Training, static: bool = False) -> None:
        self.run, self.updates = run, run.method.cycle()
        self.steps = sum(u.steps for u in self.updates)
        self.steady = True  # whether the last call left the method's state in its place
        self.rngs = [draws(run.config, run.device) for _ in range(len(self.updates))]
        self._schedules = run.config.schedules()
        moving = [
            name for name, schedule in self._schedules.items() if static and schedule.shape != "constant"
        ]
        self._places = {name: torch.zeros((), device=run.device) for name in moving}
        self._weights: dict[str, Any] = {}
        self._parameters = {p: list(opt.parameters.values()) for p, opt in run.optimisers.items()}
        self._players: frozenset[str] = frozenset()
        self._often = Counter(name for u in self.updates for name in names(u))
        self.sums = {name: torch.zeros((), device=run.device) for name in self._often}  # since the last row
        self._since = 0  # cycles since the last row
        # the schedule's factor on every learning rate, if there is one
        self._rate: float | Tensor | None = None
        if run.config.optim.decays:
            self._rate = torch.ones((), dtype=torch.float64, device=run.device) if static else 1.0

    def prepare(self) -> None:
        """The next cycle's weights and the seeds of its draws."""
        run = self.run
        for name, schedule in self._schedules.items():
            weight, place = schedule.at(run.step, run.config.steps), self._places.get(name)
            self._weights[name] = weight if place is None else place.fill_(weight)
        if self._rate is not None:
            factor = run.config.optim.decay(run.step, run.config.steps)
            self._rate = self._rate.fill_(factor) if isinstance(self._rate, Tensor) else factor
        for u, rng in zip(self.updates, self.rngs, strict=True):
            rng.at(u.stream, run.counts.get(u.stream, 0))
            run.counts[u.stream] = run.counts.get(u.stream, 0) + 1
        self._since += 1

    def __call__(self) -> None:
        state = dict(self.run.state)
        for u, rng in zip(self.updates, self.rngs, strict=True):
            players = frozenset(u.terms)
            if players != self._players:
                modes(self.run.method, self.run.networks, players)
                self._players = players
            self._update(u, rng, state)
        self._keep(state)
        self.run.average()

    def _update(self, u: Update, rng: noise.Keyed, state: State) -> None:
        run, method, n = self.run, self.run.method, self.run.networks

        # One batch, one forward pass.
        b = Batch(method, n, run.source, rng, state)
        terms: dict[str, Tensor] = {}
        with autocast(run.config):
            for name in names(u):
                with rng.scope(name):
                    terms[name] = getattr(method, f"term_{name}")(n, b)
        detached = {name: term.detach() for name, term in terms.items()}

        # All players' gradients before any of them steps.
        rates = method.rates(detached, state)
        if not rates.keys() <= self._parameters.keys():
            odd = min(rates.keys() - self._parameters.keys())
            raise ValueError(
                f"rates of {odd!r}, which is not a player: known are {', '.join(self._parameters)}"
            )
        gradients: dict[str, list[Tensor | None]] = {}
        for i, (player, wanted) in enumerate(u.terms.items()):
            loss = method.combine(player, {k: terms[k] for k in wanted}, self._weights, state)
            keep = i + 1 < len(u.terms)
            gradients[player] = list(
                torch.autograd.grad(loss, self._parameters[player], retain_graph=keep, allow_unused=True)
            )
        for player, gradient in gradients.items():
            rate = rates.get(player, 1.0)
            run.optimisers[player].step(gradient, rate if self._rate is None else rate * self._rate)
        method.after(detached, b, state)

        for name, value in detached.items():
            self.sums[name].add_(value)

    def _keep(self, state: State) -> None:
        """New state into the old one's place, where it has the same shape."""
        old = self.run.state
        self.steady = {k: v.shape for k, v in state.items()} == {k: v.shape for k, v in old.items()}
        if self.steady:
            moved = {name: value.clone() for name, value in state.items() if value is not old[name]}
            for name, value in moved.items():
                old[name].copy_(value)
        else:
            self.run.state = state

    def row(self) -> dict[str, float]:
        """Each term's mean since the last row: the one place where the host waits for the device."""
        values = torch.stack(list(self.sums.values())).tolist()
        row = {name: v / (self._often[name] * self._since) for name, v in zip(self.sums, values, strict=True)}
        for total in self.sums.values():
            total.zero_()
        self._since = 0
        return row
