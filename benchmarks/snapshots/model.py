"""A trained run as the metrics and users see it: images in and out as float32 CPU tensors in [0, 1], no gradient."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmarks.planning.config import RunConfig
from benchmarks.planning.registry import FAMILIES, unknown
from benchmarks.planning.resolve import build_method
from benchmarks.snapshots import inputs
from benchmarks.snapshots.snapshot import Data, generator, unit
from benchmarks.storage import checkpoint
from datasets.base import SPLITS
from methods import noise
from methods.base import Method, Networks, Spec
from methods.priors import Prior

CHUNK = 250  # images at once; fixed, so that results do not depend on what asks
CODES = 2000  # training images whose codes an ex-post Gaussian is fitted to


def networks(config: RunConfig, spec: Spec, method: Method) -> Networks:
    """Returns a run's networks at their initial weights."""
    prior = Prior.parse(config.prior, config.latent)
    return FAMILIES.get(config.family)(spec, prior, **config.arch).networks(
        method.roles, config.seed_of("init")
    )


class TrainedModel:
    """One run at one step. `can` says which of generate, encode and translate there is."""

    def __init__(
        self,
        config: RunConfig,
        spec: Spec,
        data: Callable[[], Data],
        weights: Path | None,
        device: str = "cpu",
    ) -> None:
        """weights: a file of weights/<step>.safetensors, or None for the initial ones. data is called only where
        latents depend on training images or labels.
        """
        self.config, self.spec, self._data, self.device = config, spec, data, torch.device(device)
        self.method = build_method(config)
        self.networks = networks(config, spec, self.method)
        self.step = 0
        if weights is not None:
            tensors, about = checkpoint.read(weights)
            self.networks.modules.load_state_dict(tensors)
            self.step = int(about["step"])
        self.networks.modules.to(self.device).eval().requires_grad_(False)
        self.latent = config.latent + (spec.labels if self.method.labelled else 0)
        self.can = self.method.can()

    def generate(self, z: Tensor) -> Tensor:
        """Maps [n, d] -> [n, C, H, W] in [0, 1], or [n, p]. Raises ValueError for anything else, or without a generator."""
        self._require("generate")
        z = inputs.latents(z, self.latent)
        with torch.no_grad():
            with noise.using(
                generator("generate", self.config.seed_of("noise"))
            ):  # for networks with noise of their own
                made = [self.method.generate(self.networks, part.to(self.device)) for part in z.split(CHUNK)]
        return torch.cat(made).float().cpu()

    def encode(self, x: Tensor) -> Tensor:
        """Maps [n, C, H, W], uint8 or float in [0, 1], or points [n, p] -> [n, d]. Raises ValueError for anything else."""
        self._require("encode")
        x = inputs.images(x, self.spec.shape)
        rng = generator("encode", self.config.seed_of("noise"))
        with torch.no_grad(), noise.using(rng):
            made = [self.method.encode(self.networks, part.to(self.device), rng) for part in x.split(CHUNK)]
        return torch.cat(made).float().cpu()

    def posterior(self, x: Tensor) -> Tensor | None:
        """Maps images or points to mean and log-variance of q(z | x) [n, 2 d]; None where E is not a Gaussian."""
        if "encode" not in self.can or "E" not in self.method.roles or not self.method.roles["E"].stochastic:
            return None
        x = inputs.images(x, self.spec.shape)
        with torch.no_grad(), noise.using(generator("encode", self.config.seed_of("noise"))):
            made = [self.networks.E(part.to(self.device)) for part in x.split(CHUNK)]
        return torch.cat(made).float().cpu()

    def hidden(self, x: Tensor) -> dict[str, Tensor]:
        """Maps images or points to "code" [n, d], what E's last linear layer gives before any activation (of a Gaussian E its
        means), and to "last" [n, h], what that layer is given. An E that does not end in one linear layer has the codes alone.
        """
        self._require("encode")
        network = self.networks.modules["E"] if "E" in self.networks.modules else nn.Identity()
        layers = [layer for layer in network.modules() if isinstance(layer, nn.Linear)]
        roles, units = self.method.roles, self.config.latent
        stochastic = "E" in roles and roles["E"].stochastic
        if not layers or layers[-1].out_features != units * (1 + stochastic):
            return {"code": self.encode(x)}
        seen: dict[str, list[Tensor]] = {"last": [], "code": []}

        def look(layer: nn.Module, given: tuple[Tensor, ...], out: Tensor) -> None:
            seen["last"].append(given[0].float().cpu())
            seen["code"].append(out[:, :units].float().cpu())

        handle = layers[-1].register_forward_hook(look)
        try:
            self.encode(x)
        finally:
            handle.remove()
        return {name: torch.cat(parts) for name, parts in seen.items()}

    def translate(self, x: Tensor, to: str) -> Tensor:
        """Maps [n, C, H, W], uint8 or float in [0, 1], of one domain to float in the other, `to` "x2" or "x". Raises
        ValueError for anything else.
        """
        self._require("translate")
        if to not in ("x", "x2"):
            raise ValueError(f"translate to {to!r}: say x2 for the second domain, or x for the first")
        x = inputs.images(x, self.spec.shape, "translate got")
        with torch.no_grad(), noise.using(generator("translate", self.config.seed_of("noise"))):
            parts = [part.to(self.device) for part in x.split(CHUNK)]
            made = [self.method.translate(self.networks, part, to) for part in parts]
        return torch.cat(made).float().cpu()

    def between(self, a: Tensor, b: Tensor, share: Tensor | float) -> Tensor:
        """[n, d] from a to b: along the line, where the prior is a sphere along a great circle."""
        return self.networks.prior.between(a, b, share)

    def categories(self, z: Tensor) -> Tensor:
        """[n, d] -> [n, k, d]: each of the prior's k categories in turn, the rest of the latents as it is."""
        return self.networks.prior.categories(z)

    def latents(self, n: int, rng: torch.Generator) -> Tensor:
        """[n, d] from the prior (with training labels, where G takes any), or from a Gaussian fitted to training codes."""
        drawn = self.method.latents(self.networks.prior, self._codes, n, rng)
        with torch.no_grad():
            return self.method.mapped(self.networks, drawn.to(self.device)).float().cpu()

    def images(self, split: str, n: int) -> Tensor:
        """Returns the first n images of "train" or "test" in a fixed random order, fewer where there are not as many.

        uint8 [n, C, H, W], or float32 points [n, d]. Raises ValueError for another split.
        """
        if split not in SPLITS:
            raise unknown("split", split, SPLITS)
        return self._data().images(split, n)

    def _require(self, word: str) -> None:
        if word not in self.can:
            raise ValueError(
                f"method {self.config.method} does not {word}: it can {', '.join(sorted(self.can))}"
            )

    @cached_property
    def _codes(self) -> Tensor | None:
        if self.method.labelled:
            return torch.from_numpy(self._data().labels("train", CODES)).float()
        return self.encode(unit(self._data().images("train", CODES))) if self.method.ex_post else None

    @cached_property
    def untrained(self) -> "TrainedModel":
        """The same networks at their initial weights."""
        return TrainedModel(self.config, self.spec, self._data, None, str(self.device))
