"""Settings of a paper that several methods of it share, for their `recommended`."""

from typing import Any

# BiGAN's authors' for MNIST (jeffdonahue/bigan: train_gan.py, lines 164 to 183, train_mnist.sh), as in the preset
# bigan2016-mnist: they halve losses of two parts, so that their weight decay of 2.5e-5 is 5e-5 here
DONAHUE: dict[str, Any] = {
    "optim": {
        "lr": 2e-4,
        "critic_lr": 2e-4,
        "beta1": 0.5,
        "weight_decay": 5e-5,
        "decay_from": 0.5,
        "decay_to": 0.01,
    },
    "batch": 128,
    "prior": "uniform",
}
