"""The command as a store records it: what makes the results again, without the places where it happened to run."""

import shlex

PLACES = (
    "--out",
    "--samples",
    "--model",
    "--cache",
    "--data-root",
    "--inception-weights",
    "--ray-address",
    "--time-limit",
    "--pack",
    "--log",
    "--unpack",
)
NAMED = "--extractor"  # its names may have places after a colon


class Command(str):
    """A command as text; `argv` holds its words as they were given."""

    argv: list[str]


def command(argv: list[str], module: str = "benchmarks.run") -> Command:
    """Returns the command that makes these results again, word by word, without the places where it happened to run."""
    kept, words = ["python", "-m", module], iter(argv)
    for word in words:
        flag, equals, value = word.partition("=")
        if flag == NAMED:
            value = value if equals else next(words, "")
            kept += [flag, ",".join(name.partition(":")[0] for name in value.split(","))]
        elif flag not in PLACES:
            kept.append(word)
        elif not equals:
            next(words, None)
    made = Command(shlex.join(kept))
    made.argv = list(argv)
    return made
