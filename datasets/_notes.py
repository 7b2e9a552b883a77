"""What is odd about data from outside and would mislead unseen: each a line, looked for once, when the data are decoded."""

from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from datasets._store import arrays

DARK = 64  # of 255


def look(folder: Path, meta: dict[str, Any]) -> list[str]:
    """The notes on arrays just written. Labels that are the same for every image are taken out of `folder` and `meta`."""
    train, test = (arrays(folder, split) for split in ("train", "test"))
    found = _copies(train["x"], test["x"]) + _dark(train["x"]) + _classes(train, test, meta["train"])
    if "labels" in train and _constant(train["labels"], test["labels"]):
        named = zip(meta["train"]["label_names"], train["labels"][0], strict=True)
        what = ", ".join(str(name) for name, value in named if value) or "none of the attributes"
        found.append(f"every image has the same labels ({what}): they tell nothing apart and are not used")
        for split in ("train", "test"):
            (folder / f"{split}.labels.npy").unlink()
            for name in ("label_names", "label_kind"):
                meta[split].pop(name, None)
    return found


def enlarged(names: list[str], size: int | None) -> list[str]:
    """A note where images had to be enlarged."""
    return (
        [f"{len(names)} images are smaller than {size} px and were enlarged, such as {names[0]}"]
        if names
        else []
    )


def _copies(train: np.ndarray, test: np.ndarray) -> list[str]:
    seen = {_row(x) for x in train}
    both = sum(_row(x) in seen for x in test)
    if not both:
        return []
    return [
        f"{both} of {len(test)} test images are, pixel for pixel, training images too (copies, or images that differ "
        "by less than the size shows): values on test images flatter whoever remembers them"
    ]


def _row(x: np.ndarray) -> bytes:
    return blake2b(x.tobytes(), digest_size=12).digest()


def _dark(x: np.ndarray) -> list[str]:
    if x.dtype != np.uint8:
        return []
    brightest = max(int(x[start : start + 1024].max()) for start in range(0, len(x), 1024))
    if not 0 < brightest < DARK:
        return []
    return [
        f"the brightest pixel of all training images is {brightest} of 255: were they saved in another range?"
    ]


def _classes(train: dict[str, Any], test: dict[str, Any], about: dict[str, Any]) -> list[str]:
    """Classes that one of the splits lacks."""
    if "labels" not in train or about.get("label_kind") != "classes":
        return []
    counts = {split: np.asarray(of["labels"]).sum(0) for split, of in (("training", train), ("test", test))}
    names = np.array(about["label_names"])
    found = []
    for split, count in counts.items():
        if (absent := names[count == 0].tolist()) and len(absent) < len(names) - 1:
            some = ", ".join(absent[:5]) + (", ..." if len(absent) > 5 else "")
            found.append(f"{len(absent)} of {len(names)} classes have no {split} image: {some}")
    return found


def _constant(*labels: np.ndarray) -> bool:
    return all(bool((np.asarray(part) == labels[0][0]).all()) for part in labels)
