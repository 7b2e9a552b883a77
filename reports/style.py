"""One colour, marker and line per method, everywhere, in a fixed order; and the questions metrics answer."""

import zlib
from dataclasses import dataclass
from typing import Any

from reports.frames import Label

# Okabe and Ito's colours and darker kin: told apart by the colour-blind, and by lightness in grey.
# (name, colour, marker), in the order of rows and legends. A method that is not among them takes its looks from its name.
METHODS: tuple[tuple[str, str, str], ...] = (
    ("gan", "#E69F00", "o"),
    ("pacgan2", "#B87A00", "v"),
    ("wgan-gp", "#8A5A00", "^"),
    ("ae", "#7F7F7F", "s"),
    ("vae", "#4D4D4D", "D"),
    ("aae", "#56B4E9", "P"),
    ("egan", "#CC79A7", "X"),
    ("aegan", "#0072B2", "o"),
    ("bigan", "#D55E00", "s"),
    ("ali", "#94420A", "D"),
    ("cgan", "#C9A227", "d"),
    ("icgan", "#F28E8E", "v"),
    ("inverse", "#009E73", "o"),
    ("direct", "#66C2A5", "s"),
    ("creswell", "#00614A", "^"),
    ("cyclegan", "#2B8CBE", "p"),
    ("gaia", "#7B3294", "o"),
    ("gaia-nodist", "#C2A5CF", "s"),
)
# After them, by name; here colours come again, with other markers.
FURTHER: tuple[tuple[str, str, str], ...] = (
    ("acai", "#1B6E8A", "d"),
    ("ae-l2", "#1B6E8A", "h"),
    ("aegan-r3gan", "#5E4FA2", "*"),
    ("aegan-wgan-gp", "#A6761D", "<"),
    ("age", "#A50F5B", "*"),
    ("alae", "#2F4B7C", ">"),
    ("alice", "#2F4B7C", "<"),
    ("began", "#B3B300", "d"),
    ("bigbigan", "#6B8E23", "*"),
    ("caegan", "#2F4B7C", "p"),
    ("d2gan", "#8C6D62", "*"),
    ("igan", "#6B8E23", "h"),
    ("infogan", "#8C6D62", "p"),
    ("jlr", "#A6761D", ">"),
    ("lr", "#5E4FA2", "<"),
    ("mdgan", "#5E4FA2", "h"),
    ("pacgan3", "#B3B300", "*"),
    ("pacgan4", "#B3B300", "h"),
    ("r3gan", "#1B6E8A", "<"),
    ("sngan", "#8C6D62", "d"),
    ("soft-introvae", "#A50F5B", "d"),
    ("vae-gan", "#A50F5B", "<"),
    ("veegan", "#2F4B7C", "d"),
    ("wae-gan", "#8C6D62", "<"),
    ("wae-mmd", "#6B8E23", "D"),
    ("aegan-hinge", "#A6761D", "p"),
    ("ali-hinge", "#A6761D", "h"),
    ("ali-r3gan", "#A6761D", "*"),
    ("ali-wgan-gp", "#A6761D", "d"),
    ("alpha-gan", "#1B6E8A", "p"),
    ("avb", "#1B6E8A", ">"),
    ("bigan-hinge", "#1B6E8A", "*"),
    ("bigan-r3gan", "#A50F5B", "p"),
    ("bigan-wgan-gp", "#A50F5B", "h"),
    ("idinvert", "#A50F5B", ">"),
    ("introvae", "#6B8E23", "p"),
    ("rae", "#6B8E23", "<"),
)
SPARE = ("#A6761D", "#1B6E8A", "#A50F5B", "#6B8E23", "#5E4FA2", "#B3B300", "#8C6D62", "#2F4B7C")
SPARE_MARKERS = ("p", "h", "<", ">", "*", "d")
DASHES: tuple[tuple[float, ...], ...] = ((), (4, 1.6), (1.2, 1.4), (6, 1.5, 1.2, 1.5), (3, 1, 1, 1, 1, 1))
INK, MUTED, GRID, PAPER = "#1b1f24", "#68707a", "#d5dae0", "#ffffff"
KNOWN = {name: (rank, colour, marker) for rank, (name, colour, marker) in enumerate(METHODS + FURTHER)}


@dataclass(frozen=True)
class Look:
    """How one method is drawn; a variant keeps its method's colour, with another line and a hollow marker."""

    colour: str
    marker: str
    dash: tuple[float, ...]
    hollow: bool

    @property
    def line(self) -> Any:
        """matplotlib's line style."""
        return (0.0, self.dash) if self.dash else "-"


def method_order(name: str) -> tuple[int, str, str]:
    """Sorts methods: the known ones in order, others after them by name, variants after the plain method."""
    label = Label.of(name)
    rank = KNOWN[label.method][0] if label.method in KNOWN else len(KNOWN)
    return rank, label.method, label.variant


def look(name: str) -> Look:
    """The same for a name in every figure and store: an unknown method takes its colour from its name."""
    label = Label.of(name)
    method, variant = label.method, label.variant
    code = zlib.crc32(method.encode())
    colour, marker = (
        KNOWN[method][1:]
        if method in KNOWN
        else (SPARE[code % len(SPARE)], SPARE_MARKERS[code // 8 % len(SPARE_MARKERS)])
    )
    dash = DASHES[1 + zlib.crc32(variant.encode()) % (len(DASHES) - 1)] if variant else DASHES[0]
    return Look(colour, marker, dash, bool(variant))


@dataclass(frozen=True)
class Question:
    """A section of the report. A metric says which one shows it; `metrics` sorts those of results from before it did."""

    id: str
    title: str
    short: str
    metrics: tuple[str, ...]
    measured: str


QUESTIONS: tuple[Question, ...] = (
    Question(
        "collapse",
        "Does it collapse?",
        "Collapse",
        ("collapse",),
        "Vendi ratio: diversity of generated images over that of as many real ones, under one "
        "Gaussian kernel on pixels; duplicates: samples nearer to another sample than any two real "
        "images are. The verdict asks for low diversity in samples that are not merely blurred; its "
        "thresholds come from degraded real data.",
    ),
    Question(
        "generates",
        "Does it generate well?",
        "Quality",
        ("fid", "kid", "is", "prdc"),
        "Distances between the features of generated and of held-out real images; the extractor is "
        "named in every column, and values of different extractors never share one.",
    ),
    Question(
        "covers",
        "Does it cover the data?",
        "Coverage",
        ("modes", "coverage", "ndb", "vendi"),
        "How much of the real distribution the samples reach; the best that real data can score "
        "stands beside it.",
    ),
    Question(
        "reconstructs",
        "Does it reconstruct?",
        "Reconstruction",
        ("reconstruction", "superresolution"),
        "G(E(x)) against x for held-out real images. Blur lowers pixel errors, so sharpness stands "
        "beside them; the mean image and random pairs say what no reconstruction at all would score.",
    ),
    Question(
        "inverts",
        "Does E invert G?",
        "Inversion",
        ("inversion", "latent2d"),
        "E(G(z)) against z, and how well the codes of real images follow the prior.",
    ),
    Question(
        "searches",
        "Can one search with E?",
        "Search",
        ("search", "luo", "probe", "distortions"),
        "Share of labels on which a query and its Euclidean neighbours in E(x) agree; pixels, hashes, "
        "an untrained encoder and random choice are the lines to beat.",
    ),
    Question(
        "interpolates",
        "Does it interpolate?",
        "Interpolation",
        ("interpolation", "attributes"),
        "Lines between the codes of real test images (at both ends), decoded; the last row ends in a "
        "mirror image.",
    ),
    Question(
        "translates",
        "Does it translate between domains?",
        "Translation",
        ("translation",),
        "Test images of two domains, each put into the other and back. Where the true counterparts are known, a "
        "regressor reads the factors off: the domain's should be changed and all others kept, as far as they can be "
        "read (counterpart). An unchanged image (identity) keeps everything, closes the cycle and changes nothing.",
    ),
    Question(
        "manifold",
        "Does it stay on the manifold?",
        "Manifold",
        ("manifold",),
        "The known factors are read off each sample, drawn again, and compared with it.",
    ),
)
OTHER = Question("other", "Other measures", "Other", (), "Metrics that no section above claims.")


def question(metric: str, named: str | None = None) -> Question:
    """Returns the question that a metric says it answers, or by the part before its first dot where it does not say."""
    first = metric.split(".")[0]
    return next((q for q in QUESTIONS if (q.id == named if named else first in q.metrics)), OTHER)
