"""Sheets: one panel of one run as one picture, for the figures and for the page alike."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from reports.figures.base import montage
from reports.store import View

Arrays = dict[str, np.ndarray]
FRAME = 1  # pixels around an image found
BAND = 3  # pixels between a query and what was found


def load(path: Path | None) -> Arrays:
    """The arrays of a panel; none where the file is not there or cannot be read."""
    if path is None:
        return {}
    try:
        with np.load(path, allow_pickle=False) as panel:
            return {name: np.asarray(panel[name]) for name in panel.files}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return {}


def rows(images: np.ndarray) -> np.ndarray:
    """uint8 [r, c, H, W, C] -> one picture of r rows."""
    return montage(images.reshape(-1, *images.shape[2:]), images.shape[1])


def apart(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Two pictures of equal height with a white band between them."""
    return np.concatenate([left, np.full((len(left), BAND, 3), 255, np.uint8), right], 1)


def samples(a: Arrays) -> np.ndarray:
    """A square."""
    return montage(a["x"], int(np.ceil(np.sqrt(len(a["x"])))))


def reconstructions(a: Arrays) -> np.ndarray:
    """Images above their reconstructions, in two such pairs of rows."""
    x, rebuilt = a["x"], a["x_rec"]
    half = len(x) // 2 if len(x) % 2 == 0 else len(x)
    return rows(np.stack([part[i : i + half] for i in range(0, len(x), half) for part in (x, rebuilt)]))


def interpolations(a: Arrays) -> np.ndarray:
    """A line a row."""
    return rows(a["x"])


def superresolution(a: Arrays) -> np.ndarray:
    """Original, blurred, restored: three rows of generated images, then three of real ones."""
    half = len(a["x"]) // 2
    return rows(np.stack([a[name][i : i + half] for i in (0, half) for name in ("x", "blurred", "x_rec")]))


def translations(a: Arrays) -> np.ndarray:
    """Original, translation, truth (where it is known) and the way back: a row each of one domain, then of the other."""
    half, shown = len(a["x"]) // 2, [name for name in ("x", "made", "truth", "back") if name in a]
    return rows(np.stack([a[name][i : i + half] for i in (0, half) for name in shown]))


def framed(images: np.ndarray, marked: np.ndarray) -> np.ndarray:
    """Images [r, c, H, W, C] with room around each, and a dark frame there around the marked ones [r, c]."""
    room = [(0, 0), (0, 0), (FRAME, FRAME), (FRAME, FRAME), (0, 0)]
    white, dark = (np.pad(images, room, constant_values=ground) for ground in (255, 0))
    return np.where(marked[..., None, None, None], dark, white)


def search(a: Arrays) -> np.ndarray:
    """A query and what was found, a row each; a frame around an undistorted original that was found."""
    found, x = a["found"], a["x"][:, None]
    hit = (found == a["original"][:, None]).all((-1, -2, -3))
    return apart(rows(framed(x, np.zeros((len(x), 1), bool))), rows(framed(found, hit)))


def attributes(a: Arrays) -> np.ndarray:
    """An image and its versions from the lowest strength to the highest, a row each, attribute by attribute."""
    edited = a["edited"]
    x = np.concatenate([a["x"]] * len(edited))
    return apart(rows(x[:, None]), rows(edited.reshape(-1, *edited.shape[2:])))


def categories(a: Arrays) -> np.ndarray:
    """A sample or a test image, then the same latents with every category in turn, a row each."""
    return apart(rows(a["x"][:, None]), rows(a["edited"]))


SHEETS: dict[str, Callable[[Arrays], np.ndarray]] = {
    "samples": samples,
    "reconstructions": reconstructions,
    "interpolations": interpolations,
    "superresolution": superresolution,
    "translations": translations,
    "search": search,
    "attributes": attributes,
    "categories": categories,
}


def sheet(view: View, run: str, name: str, step: int) -> np.ndarray | None:
    """A run's panel as a picture, uint8 [H, W, 3]; None where it has none, or one of points."""
    return drawn(name, load(view.store.panels(run).get((name, step))))


def drawn(name: str, arrays: Arrays) -> np.ndarray | None:
    """Arrays of a panel as a picture; None where they are not images of the panel's form."""
    x = arrays.get("x")
    if x is None or x.dtype != np.uint8 or x.ndim < 4 or not len(x):
        return None
    try:
        return SHEETS[name](arrays)
    except (KeyError, ValueError, IndexError):
        return None


def reference(view: View, name: str) -> Arrays:
    """A panel of the references that stand beside this view's methods; empty without one."""
    runs = view.rows.loc[view.rows["kind"] != "method", "run"]
    for run in dict.fromkeys([*runs, "real"]):
        for kind, step in sorted(view.store.panels(run)):
            if kind == name:
                return load(view.store.panels(run)[kind, step])
    return {}
