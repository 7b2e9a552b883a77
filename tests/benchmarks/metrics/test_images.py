"""PSNR, SSIM, interpolation, super-resolution, distortions and attribute vectors."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from benchmarks.evaluation.references import references
from benchmarks.metrics import attributes, distortions, interpolation, interpolation_features, superresolution
from benchmarks.metrics._numerics import grey, psnr, soften, ssim
from benchmarks.metrics.base import evaluate
from benchmarks.snapshots.snapshot import Data, Snapshot
from tests.benchmarks.fakes import Linear
from tests.benchmarks.metrics.test_numerics import pictures


def test_psnr_closed_form() -> None:
    x = torch.full((2, 3, 8, 8), 100, dtype=torch.uint8)
    assert psnr(x, x) == pytest.approx(100)
    assert psnr(x, x + 51) == pytest.approx(-20 * np.log10(0.2))


def test_ssim_closed_form_and_by_windows() -> None:
    x = pictures(2)
    y = soften(x, 0.7)
    assert ssim(x, x) == pytest.approx(1)
    dark, light = (torch.full((1, 1, 16, 16), v, dtype=torch.uint8) for v in (51, 204))
    assert ssim(dark, light) == pytest.approx((2 * 0.2 * 0.8 + 1e-4) / (0.04 + 0.64 + 1e-4))
    at = np.arange(-5, 6)
    window = np.exp(-(at[:, None] ** 2 + at**2) / (2 * 1.5**2))
    window /= window.sum()
    a, b, values = grey(x).numpy(), grey(y).numpy(), []
    for i, top, left in np.ndindex(2, 6, 6):
        p, q = (image[i, top : top + 11, left : left + 11] for image in (a, b))
        mp, mq = (window * p).sum(), (window * q).sum()
        vp, vq = (window * (p - mp) ** 2).sum(), (window * (q - mq) ** 2).sum()
        cov = (window * (p - mp) * (q - mq)).sum()
        values.append((2 * mp * mq + 1e-4) * (2 * cov + 9e-4) / ((mp**2 + mq**2 + 1e-4) * (vp + vq + 9e-4)))
    assert ssim(x, y) == pytest.approx(np.mean(values), abs=1e-9)


def test_interpolation(discs: Data) -> None:
    gallery = discs.images("train", 1000).flatten(1).double().numpy() / 255
    x = discs.images("test", 200).flatten(1).double().numpy() / 255
    middle = np.rint((x + np.roll(x, 1, 0)) / 2 * 255) / 255
    expected = cdist(middle, gallery).min(1).mean() / cdist(x, gallery).min(1).mean()
    found = {name: r.values for name, _, r in references(interpolation.METRIC, discs, Linear((3, 16, 16)))}
    assert found["pixel-space"]["distance"] == pytest.approx(expected, rel=0.01)
    assert found["untrained"]["distance"] > found["pixel-space"]["distance"]
    ceiling = found["real-path"]
    assert [ceiling[k] for k in ("distance", "sharpness")] == pytest.approx([1, 1], abs=0.15)


def test_interpolation_in_features_belongs_to_its_extractor(discs: Data) -> None:
    found = {name: r for name, _, r in references(interpolation_features.METRIC, discs, Linear((3, 16, 16)))}
    assert {r.extractor for r in found.values()} == {discs.extractor.name}
    values = {name: r.values["distance"] for name, r in found.items()}
    assert (
        values["real-path"] == pytest.approx(1, abs=0.15) and values["untrained"] > values["pixel-space"] > 0
    )


def test_superresolution_baseline_is_the_blurred_image(discs: Data) -> None:
    found = {name: (kind, r.values) for name, kind, r in references(superresolution.METRIC, discs)}
    kind, values = found["pixel-space"]
    x = discs.images("test", 200)
    assert kind == "baseline" and values["psnr_real"] == pytest.approx(psnr(x, soften(x, 1.0)))
    assert values["ssim_real"] > found["mean-image"][1]["ssim_real"]
    kind, ceiling = found["nearest-real"]
    assert kind == "ceiling" and ceiling["ssim_real"] > values["ssim_real"]


def test_distortions_do_what_they_say(discs: Data) -> None:
    x = torch.full((1, 3, 16, 16), 100, dtype=torch.uint8)
    assert distortions.colour_shift(x)[0, :, 0, 0].tolist() == [120, 100, 70]
    black = distortions.occlusion(x) == 0
    assert black[0, 0].sum() == 2 * 9 and not black[0, 0, :6].any() and (x == 100).all()
    found = {name: r.values for name, _, r in references(distortions.METRIC, discs)}
    assert found["pixels"]["occluded_found"] > 0.3 > found["random"]["occluded_found"]


def test_attribute_vectors_of_a_linear_world() -> None:
    rng = np.random.default_rng(0)
    true = torch.from_numpy(rng.normal(size=(3, 5)))
    first = rng.integers(0, 2, 400)
    labels = np.stack([first, np.where(rng.random(400) < 0.8, first, 1 - first), rng.integers(0, 2, 400)], 1)
    y = torch.from_numpy(labels).double()
    codes = y @ true + 3
    torch.testing.assert_close(attributes.by_ols(codes, y), true, atol=1e-8, rtol=0)
    means = attributes.by_means(codes, y)
    np.testing.assert_allclose(
        means[0],
        codes.numpy()[labels[:, 0] == 1].mean(0) - codes.numpy()[labels[:, 0] == 0].mean(0),
        atol=1e-9,
    )
    assert (means[0] - true[0]).abs().max() > 0.1  # confounded by the second label, as GAIA found


def test_attributes_in_pixel_space(discs: Data) -> None:
    found = {name: r.values for name, _, r in references(attributes.METRIC, discs, Linear((3, 16, 16)))}
    values = found["pixel-space"]
    assert values["success_means"] > values["entanglement_means"] > 0
    assert set(values) == set(attributes.METRIC.values)


@pytest.mark.parametrize("module", [interpolation, superresolution, distortions], ids=lambda m: m.METRIC.name)
def test_batch_size_does_not_matter(module, discs: Data) -> None:
    one, two = (module.METRIC.compute(Snapshot(discs, Linear((3, 16, 16), batch=b))) for b in (7, 500))
    assert one == pytest.approx(two, rel=5e-3, abs=5e-3)


def test_attributes_without_a_usable_label_are_left_out(discs: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a reason: as a failure it would be tried again at every start."""
    labels = discs.labels
    monkeypatch.setattr(discs, "labels", lambda split, n: np.zeros_like(labels(split, n)))
    found = evaluate(attributes.METRIC, Snapshot(discs, Linear((3, 16, 16))))
    assert found.status == "skipped" and "too rare or too common" in found.reason
