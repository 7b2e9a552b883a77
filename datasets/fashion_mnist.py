"""Fashion-MNIST (Xiao et al., 2017, arXiv 1708.07747): photographs of clothes in MNIST's format."""

from typing import Any, ClassVar

from datasets import mnist
from datasets._content import digest


class FashionMnist(mnist.Mnist):
    """Photographs of clothes in MNIST's format."""

    name = "fashion-mnist"
    title = "Fashion-MNIST"
    summary = "70,000 grey photographs of clothes; --data-root holds the idx files"
    where = (
        "--download gets them, or put train-images-idx3-ubyte.gz and the three like it (see github.com/"
        "zalandoresearch/fashion-mnist) into one folder and name it with --data-root"
    )
    torchvision = "FashionMNIST"
    published = ""
    folders: ClassVar[tuple[str, ...]] = (".", "raw", "FashionMNIST/raw")
    classes: ClassVar[tuple[str, ...]] = (
        *("T-shirt", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle_boot"),
    )

    def source(self) -> Any:
        found = super().source()
        if digest(found) == mnist.Mnist.published:
            raise ValueError(
                f"{self.name}: {self.root} holds MNIST's digits, in files of the same names; {self.where}"
            )
        return found
