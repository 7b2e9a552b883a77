"""A run while it trains: its data, networks, optimisers and counters; what a checkpoint holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from benchmarks.planning.config import RunConfig
from benchmarks.training.normalisation import reestimated
from benchmarks.training.optim import Optimiser, optimiser
from datasets.base import Split
from methods import noise
from methods.base import Method, Networks, State

ROWS = ("i", "x2")  # scopes that draw which images make a batch


class Source:
    """The training data of one run: uint8 images or points, gathered by index and brought to floats in [0, 1]. They lie on
    the device as they are (`resident`); a CPU reads them from the memory-mapped file.
    """

    def __init__(
        self,
        x: np.ndarray,
        labels: np.ndarray | None,
        batch: int,
        device: torch.device,
        resident: bool | None = None,
        rows: np.ndarray | None = None,
    ) -> None:
        """rows: the rows that are there to be drawn, int [m], repeated ones more often (default: each once)."""
        self.batch, self.device = batch, device
        self.second: Source | None = None  # the other image domain, of which rows of its own are drawn
        resident = device.type != "cpu" if resident is None else resident
        self._x = torch.from_numpy(np.array(x)).to(device) if resident else x
        self._white = torch.tensor(255.0, device=device)
        self._rows = None if rows is None else torch.from_numpy(np.array(rows)).to(device)
        self._labels = None if labels is None else torch.from_numpy(np.array(labels)).to(device).float()

    @property
    def shape(self) -> tuple[int, ...]:
        """(C, H, W) of an image, (p,) of a point."""
        *hw, c = self._x.shape[1:]
        return (c, *hw)

    def indices(self) -> Tensor:
        """[B] rows, drawn with replacement; x and y of a batch are the same rows."""
        if self._rows is None:
            return noise.integers(len(self._x), self.batch)
        return self._rows[noise.integers(len(self._rows), self.batch)]

    def x(self, rows: Tensor) -> Tensor:
        """[B, C, H, W] in channels_last memory, or [B, p]."""
        taken = torch.from_numpy(self._x[rows.numpy()]) if isinstance(self._x, np.ndarray) else self._x[rows]
        # divided by a tensor of the device: a GPU multiplies by 1 / 255 in place of a number, and rounds otherwise
        return taken.permute(0, 3, 1, 2).float().div_(self._white) if taken.dtype == torch.uint8 else taken

    def y(self, rows: Tensor) -> Tensor:
        """[B, L] labels, 0 or 1."""
        assert self._labels is not None, "Method.fits must refuse data without labels"
        return self._labels[rows]


def draws(config: RunConfig, device: torch.device) -> noise.Keyed:
    """Returns the keyed draws of a run: rows of the data by the seed of their order, all else by that of the noise."""
    return noise.Keyed(config.seed_of("noise"), device, dict.fromkeys(ROWS, config.seed_of("order")))


def resampled(n: int, config: RunConfig, domain: str = "x") -> np.ndarray | None:
    """Returns a bootstrap sample of n training rows where the split follows the seed, int [n]; None: all rows as they are."""
    if "split" not in config.vary:
        return None
    return np.random.default_rng(noise.key(config.seed, "split", domain)).integers(n, size=n)


def source_of(split: Split, config: RunConfig, device: torch.device, domain: str = "x") -> Source:
    """Returns the training data that a run draws batches from."""
    rows = resampled(len(split.x), config, domain)
    return Source(split.x, split.labels, config.batch, device, config.compiled or None, rows)


@dataclass
class Training:
    """The whole state of a run: what a checkpoint holds and the loop moves. static: an optimiser whose step a graph can
    repeat (default: on a GPU, or compiled).
    """

    config: RunConfig
    method: Method
    networks: Networks
    source: Source
    device: torch.device
    step: int = 0
    counts: dict[str, int] = field(default_factory=dict)  # updates made on each stream
    state: State = field(default_factory=dict)
    optimisers: dict[str, Optimiser] = field(default_factory=dict)
    last: dict[str, float] = field(default_factory=dict)  # the newest row of the history
    averages: dict[str, Tensor] = field(
        default_factory=dict
    )  # of the producers' weights, where that is asked for
    static: bool | None = None
    execution: str = ""  # how the cycles were run
    _estimated: tuple[int, dict[str, Tensor]] | None = None  # the newest step's

    def __post_init__(self) -> None:
        self.method.shape = self.source.shape
        self.state = {name: tensor.to(self.device) for name, tensor in self.method.init_state().items()}
        self.networks.modules.to(self.device)
        optim, static = self.config.optim, self.static
        if static is None:
            static = self.device.type == "cuda" or self.config.compiled
        for player, roles in self.method.players.items():
            critic = all(self.method.roles[role].kind == "critic" for role in roles)
            named = {
                f"{role}.{k}": p for role in roles for k, p in self.networks.modules[role].named_parameters()
            }
            self.optimisers[player] = optimiser(named, *optim.of(player, critic), static)
            if optim.average and not critic:
                self.averages |= {name: p.detach().clone() for name, p in named.items()}

    def tensors(self) -> dict[str, Tensor]:
        """Networks, optimisers and state by name, for a checkpoint."""
        made = {f"net.{k}": v for k, v in self.networks.modules.state_dict().items()}
        made |= {f"opt.{p}.{k}": v for p, opt in self.optimisers.items() for k, v in opt.tensors().items()}
        made |= {f"avg.{k}": v for k, v in self.averages.items()}
        return made | {f"state.{k}": v for k, v in self.state.items()}

    def average(self) -> None:
        """Moves the averages towards the weights of now: after every cycle."""
        if self.averages:
            weights = dict(self.networks.modules.named_parameters())
            now = [weights[name].detach() for name in self.averages]
            torch._foreach_lerp_(list(self.averages.values()), now, 1 - self.config.optim.average)

    def evaluated(self) -> dict[str, Tensor]:
        """The networks as they are evaluated: with averaged weights and re-estimated statistics, where that is asked for."""
        weights = {**self.networks.modules.state_dict(), **self.averages}
        how = self.config.norm_statistics
        if how == "running":
            return weights
        if self._estimated is None or self._estimated[0] != self.step:
            rng = draws(self.config, next(iter(weights.values())).device)
            made = reestimated(self.method, self.networks, self.source, self.state, rng, weights, how)
            self._estimated = self.step, made
        return self._estimated[1]

    def load(self, tensors: Mapping[str, Tensor], step: int, counts: dict[str, int]) -> None:
        """Go on from a checkpoint: nothing else is needed, since randomness is keyed."""

        def part(prefix: str) -> dict[str, Tensor]:
            return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}

        self.networks.modules.load_state_dict(part("net."))
        for player, opt in self.optimisers.items():
            opt.load(part(f"opt.{player}."))
        for name, value in part("avg.").items():
            self.averages[name].copy_(value)
        self.state = {k: v.to(self.device) for k, v in part("state.").items()}
        self.step, self.counts = step, dict(counts)
