"""Fashion-MNIST (Xiao et al., 2017, arXiv 1708.07747): photographs of clothes in MNIST's format."""

from typing import ClassVar

from datasets import mnist


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
