"""The anime faces of Lazarou (2020): 21,552 faces, each also mirrored, as a folder of images.

Deviation: the paper's shuffled split puts mirror images on both sides; here twins share a split.
"""

from typing import Any, ClassVar

from datasets import folder


class AnimeFaces(folder.Folder):
    """Drawn faces at 64 pixels with their mirror images."""

    name = "anime-faces"
    title = "Anime faces"
    summary = "Lazarou's 21,552 anime faces, also mirrored; --data-root is a folder of images"
    version = 1
    where = (
        "get 'Anime Faces' by Soumik Rakshit (see www.kaggle.com/soumikrakshit/anime-faces), unpack it, and "
        "name its folder with --data-root"
    )
    defaults: ClassVar[dict[str, Any]] = {**folder.Folder.defaults, "mirrored": True}
