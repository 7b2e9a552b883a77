"""Latent priors: normal, uniform on (-1, 1), Bernoulli, categorical and spherical parts, and what an encoder must output
for them.

`sphere` is uniform on the sphere of radius sqrt(units), so that every unit has variance 1, as under `normal`.

A prior is written as parts joined by `+`, each with its number of units; one part may leave it open and takes
the rest: `normal`, `uniform`, `normal+bernoulli:4`, `normal:12+categorical:10` (Lazarou 2020, section 5.3,
after AAE).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from methods import noise

KINDS = ("normal", "uniform", "bernoulli", "categorical", "sphere")


@dataclass(frozen=True)
class Prior:
    """Parts (kind, units) of a latent vector z, in order."""

    parts: tuple[tuple[str, int], ...]

    @classmethod
    def parse(cls, text: str, latent: int) -> "Prior":
        """Read `text` for `latent` units. Raises ValueError for an unknown kind or units that do not add
        up.
        """
        parts = [part.partition(":") for part in text.split("+")]
        sizes = [int(size) if size.isdigit() else 0 for _, _, size in parts]
        for (kind, colon, _), size in zip(parts, sizes, strict=True):
            if kind not in KINDS or (colon and size < 1):
                known = f"write parts of {', '.join(KINDS)} such as normal+bernoulli:4"
                raise ValueError(f"prior {text!r}: unknown part {kind!r}; {known}")
        rest = latent - sum(sizes)
        if sizes.count(0) != (1 if rest > 0 else 0) or rest < 0:
            raise ValueError(
                f"prior {text!r} does not add up to latent {latent}: leave the units of exactly one part open"
            )
        made = cls(tuple((kind, size or rest) for (kind, _, _), size in zip(parts, sizes, strict=True)))
        if ("sphere", 1) in made.parts:
            raise ValueError(f"prior {text!r}: a sphere needs at least 2 units")
        return made

    @property
    def is_normal(self) -> bool:
        """Whether it is N(0, I), the only prior that Gaussian KL terms know."""
        return all(kind == "normal" for kind, _ in self.parts)

    @property
    def latent(self) -> int:
        return sum(units for _, units in self.parts)

    def sample(self, n: int) -> Tensor:
        """[n, latent] draws from the open noise scope; Bernoulli parts are -1 or 1, categorical ones
        one-hot.
        """
        return torch.cat([_sample(kind, n, units) for kind, units in self.parts], 1)

    def activate(self, code: Tensor) -> Tensor:
        """An encoder's last layer [n, latent] brought into the prior's range: linear, tanh or softmax, part
        by part.
        """
        if self.is_normal:
            return code
        return torch.cat([_activate(kind, piece) for kind, piece in self.split(code)], 1)

    def split(self, code: Tensor) -> list[tuple[str, Tensor]]:
        """Kind and columns [n, units] of each part of `code` [n, latent]."""
        pieces = code.split([units for _, units in self.parts], 1)
        return [(kind, piece) for (kind, _), piece in zip(self.parts, pieces, strict=True)]

    def categories(self, code: Tensor) -> Tensor:
        """Returns [n, k, d]: each code [n, d] with each of the k categories of the first categorical part in turn, the rest kept.

        k is 0 where the prior has no such part.
        """
        ends = [sum(units for _, units in self.parts[: i + 1]) for i in range(len(self.parts))]
        found = [
            (end - k, end) for (kind, k), end in zip(self.parts, ends, strict=True) if kind == "categorical"
        ]
        if not found:
            return code[:, None, :].expand(-1, 0, -1)
        (start, end), *_ = found
        made = code[:, None].repeat(1, end - start, 1)
        made[:, :, start:end] = torch.eye(end - start, dtype=code.dtype)
        return made

    def between(self, a: Tensor, b: Tensor, share: Tensor | float) -> Tensor:
        """[n, latent] from a (share 0) to b (share 1): along the line, on a sphere along the great circle. share: one number,
        or [n, 1]. Columns beyond the prior's (labels) go along the line.
        """
        ends = zip(self.split(a[:, : self.latent]), self.split(b[:, : self.latent]), strict=True)
        parts = [_between(kind, x, y, share) for (kind, x), (_, y) in ends]
        return torch.cat([*parts, line(a, b, share)[:, self.latent :]], 1)

    def mismatch(self, code: Tensor, z: Tensor) -> Tensor:
        """How badly codes [B, d] name draws z: mean over batch and units of a squared difference (normal parts) or of a
        cross-entropy between (z + 1) / 2 and (code + 1) / 2 (uniform, Bernoulli), -z log code (categorical).
        """
        sizes = [units for _, units in self.parts]
        pieces = zip(self.parts, code.split(sizes, 1), z.split(sizes, 1), strict=True)
        return torch.cat([_mismatch(kind, a, b) for (kind, _), a, b in pieces], 1).mean()


def _mismatch(kind: str, code: Tensor, z: Tensor) -> Tensor:
    match kind:
        case "normal":
            return (code - z).square()
        case "categorical":
            return -z * code.clamp(min=1e-6).log()
    p, q = (z + 1) / 2, ((code + 1) / 2).clamp(1e-6, 1 - 1e-6)
    return -(p * q.log() + (1 - p) * (-q).log1p())


def _sample(kind: str, n: int, units: int) -> Tensor:
    match kind:
        case "normal":
            return noise.normal(n, units)
        case "uniform":
            return noise.uniform(n, units) * 2 - 1
        case "bernoulli":
            return (noise.uniform(n, units) < 0.5).float() * 2 - 1
        case "sphere":
            return _on_sphere(noise.normal(n, units))
    return torch.nn.functional.one_hot(noise.integers(units, n), units).float()


def _activate(kind: str, piece: Tensor) -> Tensor:
    match kind:
        case "normal":
            return piece
        case "categorical":
            return piece.softmax(1)
        case "sphere":
            return _on_sphere(piece)
    return piece.tanh()


def _on_sphere(code: Tensor) -> Tensor:
    return torch.nn.functional.normalize(code, dim=1) * code.shape[1] ** 0.5


def line(a: Tensor, b: Tensor, share: Tensor | float) -> Tensor:
    """From a (share 0) to b (share 1); share: one number, or [n, 1]."""
    return (1 - share) * a + share * b


def _between(kind: str, a: Tensor, b: Tensor, share: Tensor | float) -> Tensor:
    """Shoemake's slerp on a sphere; the line elsewhere, and where the angle is too small to divide by its sine."""
    if kind != "sphere":
        return line(a, b, share)
    angle = torch.nn.functional.cosine_similarity(a, b, dim=1)[:, None].clamp(-1, 1).acos()
    sine = angle.sin()
    near = sine < 1e-4
    arc = ((1 - share) * angle).sin() * a + (share * angle).sin() * b
    return torch.where(near, line(a, b, share), arc / torch.where(near, torch.ones_like(sine), sine))


def reparametrised(stats: Tensor) -> Tensor:
    """A draw from N(mean, exp(logvar)) with gradients to both; stats [B, 2 d] holds them."""
    mean, logvar = stats.chunk(2, 1)
    return mean + (0.5 * logvar).exp() * noise.normal(*mean.shape)


def gaussian_like(codes: Tensor, k: int) -> Tensor:
    """k draws [k, d] from the Gaussian with the mean and covariance of `codes` [n, d]."""
    wide = codes.double()
    centred = wide - wide.mean(0)
    values, vectors = torch.linalg.eigh(centred.T @ centred / (len(wide) - 1))
    root = vectors * values.clamp(min=0).sqrt()
    return (wide.mean(0) + noise.normal(k, codes.shape[1]).double() @ root.T).float()


def mixture_like(codes: Tensor, k: int, components: int, rng: torch.Generator) -> Tensor:
    """k draws [k, d] from a mixture of `components` full Gaussians fitted to `codes` [n, d] by EM; as many as codes at most."""
    from sklearn.mixture import GaussianMixture

    seed = int(torch.randint(2**31 - 1, (1,), generator=rng))
    mixture = GaussianMixture(
        min(components, len(codes)), covariance_type="full", max_iter=2000, random_state=seed
    )
    drawn, _ = mixture.fit(codes.double().cpu().numpy()).sample(k)
    order = torch.randperm(k, generator=rng)  # sklearn draws component by component
    return torch.from_numpy(drawn).to(codes)[order.to(codes.device)]
