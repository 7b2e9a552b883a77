"""How many images there must be, and what decides how many there are."""

import math
from typing import Any

LEAST = 64  # samples to look at; with fewer no metric says anything
SMALLEST = 195  # images in all, at the best share


def samples(dataset: Any, asked: int) -> int:
    """How many images the metrics can look at: as many test images, and twice as many for training. Raises ValueError."""
    train, test = (len(dataset.split(name)) for name in ("train", "test"))
    if test < LEAST or train < 2 * LEAST:
        raise ValueError(
            f"{dataset.name} has {train} training and {test} test samples: at least {2 * LEAST} and {LEAST} are needed"
            + _way_out(dataset, train + test)
        )
    return min(asked, test, train // 2)


def _way_out(dataset: Any, total: int) -> str:
    """What decides the sizes: options of the data set."""
    share = dataset.options.get("test_share")
    if share is None:
        return "".join(
            f"; data.{key} says how many" for key in ("n_test", "n_train") if key in dataset.options
        )
    enough, best = (
        math.ceil(max(LEAST / share, 2 * LEAST / (1 - share)) - 1e-9),
        math.ceil(100 * LEAST / total) / 100,
    )
    decides = f"; data.test_share = {share:g} decides the split: "
    if round(best * total) >= LEAST and total - round(best * total) >= 2 * LEAST:
        return f"{decides}set it to {best:g}, or give {enough} images"
    return f"{decides}{enough} images are enough at {share:g}, {SMALLEST} at 0.34"
