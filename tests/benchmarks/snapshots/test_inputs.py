"""What generate and encode are given: taken where it is what they want, refused in one line that says what that is."""

from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.snapshots.inputs import images, latents

SHAPE = (3, 4, 4)
BYTES = torch.arange(96, dtype=torch.uint8).reshape(2, *SHAPE)


@pytest.mark.parametrize(
    "x", [BYTES, BYTES.numpy(), BYTES.double() / 255, (BYTES.float() / 255).numpy(), BYTES.half() / 255]
)
def test_bytes_and_unit_floats_are_the_same_images(x: Any) -> None:
    made = images(x, SHAPE)
    assert made.dtype == torch.float32
    torch.testing.assert_close(made, BYTES.float() / 255, atol=1e-3, rtol=0)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (
            BYTES.float(),
            r"values from 0 to 95, wants images \[n, 3, 4, 4\], uint8 or float in \[0, 1\]: perhaps x / 255",
        ),
        (BYTES.float() / 48 - 1, r"values from -1 to 0.979.*perhaps \(x \+ 1\) / 2"),
        (BYTES.float() / 10 - 5, r"perhaps x.clamp\(0, 1\)"),
        (BYTES.long(), r"got torch.int64, wants images"),
        (BYTES > 3, r"got torch.bool, wants images"),
        (BYTES.float() * torch.nan, "not finite"),
        (BYTES.permute(0, 2, 3, 1), r"shape \[2, 4, 4, 3\], wants .*channels come first: x.permute"),
        (BYTES[0], r"shape \[3, 4, 4\].*one image is x\[None\]"),
        (BYTES[:, :1], r"shape \[2, 1, 4, 4\], wants"),
        ([1, 2], "got list, wants a torch tensor or a numpy array"),
    ],
)
def test_other_images_are_refused(x: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        images(x, SHAPE)
    assert "\n" not in str(error.value)


def test_points() -> None:
    torch.testing.assert_close(images(np.array([[-7.0, 300.0]]), (2,)), torch.tensor([[-7.0, 300.0]]))
    with pytest.raises(ValueError, match=r"wants points \[n, 2\], float"):
        images(np.array([[1, 2]]), (2,))


def test_latents() -> None:
    assert latents(np.zeros((2, 5)), 5).dtype == torch.float32
    with pytest.raises(
        ValueError, match=r"shape \[2, 4\], wants latents \[n, 5\], float, as latents\(n, rng\)"
    ):
        latents(torch.zeros(2, 4), 5)
    with pytest.raises(ValueError, match=r"shape \[5\], wants"):
        latents(torch.zeros(5), 5)
    with pytest.raises(ValueError, match=r"torch.int64, wants"):
        latents(torch.zeros(2, 5, dtype=torch.long), 5)
