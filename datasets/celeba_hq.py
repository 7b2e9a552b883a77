"""CelebA-HQ (Karras et al., 2018), GAIA's faces, as a folder of images, with CelebAMask-HQ's attributes."""

from typing import Any, ClassVar

from datasets import folder


class CelebAHQ(folder.Folder):
    """Faces of celebrities at 128 pixels."""

    name = "celeba-hq"
    title = "CelebA-HQ"
    summary = "30,000 faces of high quality; --data-root is a folder of images"
    version = 1
    where = (
        "get CelebA-HQ as images (such as CelebAMask-HQ, see github.com/switchablenorms/CelebAMask-HQ), and "
        "name the folder that has CelebA-HQ-img and the attribute file in it with --data-root"
    )
    tables: ClassVar[tuple[str, ...]] = ("labels.csv", "CelebAMask-HQ-attribute-anno.txt", "list_attr*.txt")
    defaults: ClassVar[dict[str, Any]] = {**folder.Folder.defaults, "size": 128}
