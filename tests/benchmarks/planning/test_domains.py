"""A second domain: read from one line, unpaired, part of the names of the runs that use it and of no others."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.commands.cli import parser
from benchmarks.commands.flags import preset_values
from benchmarks.evaluation.keys import data_of
from benchmarks.execution.start import begin
from benchmarks.planning import plugins, registry
from benchmarks.planning.domains import described, second
from benchmarks.storage.cached import default_cache
from datasets.folder import Folder
from datasets.toonfaces import FACTOR_NAMES, Toonfaces
from tests.benchmarks import tiny

HAIR = FACTOR_NAMES.index("hair_colour")


def faces(**options: object) -> Toonfaces:
    return Toonfaces(default_cache(), **{"size": 8, "n_train": 200, "n_test": 128, **options})


def test_what_is_not_named_is_as_in_the_first() -> None:
    made = second("toonfaces:hair_colour=blond,n_train=300", faces(fixed="hat=none, hair_colour=black"))
    assert made is not None and made.options["fixed"] == "hair_colour=blond,hat=none"
    assert (made.options["n_train"], made.options["size"]) == (300, 8)
    assert described(made).data == {
        "size": 8,
        "n_train": 300,
        "n_test": 128,
        "seed": 0,
        "fixed": "hair_colour=blond,hat=none",
    }
    assert second("", faces()) is None
    with pytest.raises(ValueError, match="write the factor itself, as in toonfaces:hair_colour=blond"):
        second("toonfaces:seed=1,fixed=hair_colour=blond", faces())


def test_the_second_domain_has_other_faces() -> None:
    """Not one of the second domain's faces is one of the first's with another hair colour."""
    first = faces(fixed="hair_colour=black")
    other = second("toonfaces:hair_colour=blond", first)
    assert other is not None
    a, b = (np.asarray(made.split("train").factors) for made in (first, other))
    assert set(a[:, HAIR]) == {0} and set(b[:, HAIR]) == {2}
    rest = np.delete(np.arange(a.shape[1]), HAIR)
    assert not (a[:, None, rest] == b[None][..., rest]).all(2).any()


PLUGIN = """
import numpy as np
from datasets.base import Dataset, Split
class Mine(Dataset):
    name, title, summary, version = "mine", "Mine", "noise", 1
    shape = (3, 8, 8)
    def source(self): return None
    def total(self): return 328
    def chunks(self, split):
        shape = {"train": 200, "test": 128}[split], 8, 8, 3
        yield Split(np.random.default_rng(0).integers(0, BRIGHTEST, shape).astype(np.uint8))
"""


def test_code_from_outside_names_its_runs_and_its_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a data set and as a second domain: after an edit nothing old is taken for new."""
    names, brightest = [], []
    for value in (50, 200):
        path = tmp_path / f"mine{value}.py"
        path.write_text(PLUGIN.replace("BRIGHTEST", str(value)))
        monkeypatch.setattr(plugins, "_seen", {})
        assert plugins.load((str(path),)) == []
        try:
            made = tiny.plan(tmp_path / "out", domain="mine", methods=["cyclegan"])
            names.append(made.runs[0].key)
            data = registry.DATASETS.get("mine")(tmp_path / "cache")
            brightest.append(int(data.split("train").x.max()))
        finally:
            registry.DATASETS.remove(["mine"])
    assert names[0] != names[1] and brightest == [49, 199]


def test_runs_without_a_use_for_it_keep_their_names(tmp_path: Path) -> None:
    plain = tiny.plan(tmp_path)
    changed = tiny.plan(tmp_path, domain="toonfaces:glasses=dark", methods=["gan", "cyclegan"])
    names = {node.config.method: node.key for node in plain.runs}
    found = {node.config.method: node for node in changed.runs}
    assert found["gan"].key == names["gan"] and found["gan"].config.domain is None
    domain = found["cyclegan"].config.domain
    assert domain is not None and domain.data["fixed"] == "glasses=dark"


def test_another_domain_is_another_run(tmp_path: Path) -> None:
    texts = ("toonfaces:glasses=dark", "toonfaces:glasses=round", "toonfaces:glasses=dark,skin=0.5")
    plans = [tiny.plan(tmp_path, domain=text, methods=["cyclegan"]) for text in texts]
    keys = {node.key for made in plans for node in made.runs}
    assert len(keys) == 3


def test_a_run_sees_both_domains(tmp_path: Path) -> None:
    (node,) = tiny.plan(tmp_path, domain="toonfaces:glasses=dark", methods=["cyclegan"]).runs
    run, _ = begin(node)
    data, _ = data_of(node.context, node.config)
    assert run.source.second is not None and data.second is not None
    assert set(np.asarray(data.second.train.factors)[:, FACTOR_NAMES.index("glasses")]) == {3}
    assert data.full_key == f"{data.key}+{data.second.key}" and data.n == data.second.n


def test_folders_a_and_b(tmp_path: Path) -> None:
    """One root, two folders in it: each is split by itself, and neither sees the other's files."""
    rng = np.random.default_rng(0)
    for name, level in (("A", 40), ("B", 200)):
        (tmp_path / name).mkdir()
        for i in range(20):
            pixels = np.clip(rng.normal(level, 10, (12, 12, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / name / f"{i}.png")
    first = Folder(tmp_path / "cache", tmp_path, size=8, within="A")
    other = second("folder:within=B", first)
    assert other is not None and other.key != first.key
    assert len(first.split("train")) == len(other.split("train")) == 18
    assert first.split("train").x.mean() < 60 and other.split("train").x.mean() > 180
    with pytest.raises(ValueError, match=r"within='C' is not a folder in .*; known: A, B"):
        second("folder:within=C", first)
    assert "within" not in Folder(tmp_path / "cache", tmp_path).named


def test_another_data_set_leaves_the_presets_domain_behind() -> None:
    """It stood beside the preset's own; one that is named with --set stays."""
    asked = ["--preset", "cyclegan2017-toonfaces", "--dataset", "folder"]
    named = [*asked, "--set", "domain=folder:within=B"]
    assert [preset_values(parser().parse_args(args))["domain"] for args in (asked, named)] == [
        "",
        "folder:within=B",
    ]
