"""What the documents say is true: generated parts are up to date, commands parse, files exist, examples run."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from benchmarks import readme, sample
from benchmarks.commands import cli, flags
from benchmarks.metrics.base import evaluate
from benchmarks.planning import plugins, preset
from benchmarks.planning.registry import CLASSES, DATASETS, METRICS
from benchmarks.snapshots.snapshot import Snapshot
from tests.benchmarks import fakes
from tests.methods.harness import IMAGES, go, training

ROOT = Path(__file__).parent.parent
DOCUMENTS = ("README.md", "CONTRIBUTING.md")


def text(document: str) -> str:
    return (ROOT / document).read_text()


def blocks(document: str, language: str) -> list[str]:
    """The fenced code of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text(document), re.M | re.S)


def test_generated_parts_are_what_their_sources_say() -> None:
    assert readme.filled(text("README.md")) == text("README.md"), "run python -m benchmarks.readme"


def commands() -> list[str]:
    """Every `python -m` line of the documents, comments dropped."""
    lines = [line for name in DOCUMENTS for block in blocks(name, "bash") for line in block.splitlines()]
    return [
        part.strip() for line in lines for part in line.partition("  #")[0].split("&&") if "python -m" in part
    ]


@pytest.mark.parametrize("command", commands())
def test_commands_parse(command: str) -> None:
    _, _, module, *args = shlex.split(command)
    assert (ROOT / (module.replace(".", "/") + ".py")).exists() or (ROOT / module / "__main__.py").exists()
    if module == "benchmarks.run":
        parsed = cli.parser().parse_args(args)
        if not parsed.plugin:
            flags.preset_values(parsed)
    if module == "benchmarks.sample":
        sample.parser().parse_args(args)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_and_named_files_exist(document: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[\w-]*)?\)", text(document)):
        assert "://" in target or (ROOT / target).exists(), target
    for name in re.findall(r"`((?:benchmarks|datasets|methods|reports|tests)/[\w./]+)`", text(document)):
        assert (ROOT / name).exists() or name == "methods/lsgan.py", name


def examples() -> list[tuple[str, str]]:
    """The Python blocks that are whole files: (name, code)."""
    found = [
        (f"{name[:6].lower()}{i}", code)
        for name in DOCUMENTS
        for i, code in enumerate(blocks(name, "python"))
    ]
    return [(name, code) for name, code in found if code.startswith('"""')]


@pytest.mark.parametrize(("name", "code"), examples(), ids=[name for name, _ in examples()])
def test_examples_run(name: str, code: str, tmp_path: Path) -> None:
    """As a plugin: a method trains, a data set gives its splits, a metric measures."""
    path = tmp_path / f"{name}.py"
    path.write_text(code)
    module = plugins._from_file(path)
    registries = (CLASSES, DATASETS, METRICS)
    added = [registry.add(module) for registry in registries]
    try:
        methods, datasets, metrics = added
        assert len(methods + datasets + metrics) == 1
        for method in methods:
            assert go(training(method, "aegan", IMAGES, 4))
        for dataset in datasets:
            made = DATASETS.get(dataset)(tmp_path, n_train=8, n_test=4)
            split = made.split("test")
            assert split.x.shape == (4, *made.shape[1:], made.shape[0]) and len(split.labels) == 4
            assert np.ptp(split.x) > 200
        for metric in metrics:
            made = evaluate(METRICS.get(metric), Snapshot(fakes.data(n=64), fakes.Linear((3, 16, 16))))
            assert made.status == "ok" and made.values.keys() == METRICS.get(metric).values.keys()
    finally:
        for registry, names in zip(registries, added, strict=True):
            registry.remove(names)


def test_the_preset_of_the_example_is_one(tmp_path: Path) -> None:
    (code,) = blocks("CONTRIBUTING.md", "toml")
    path = tmp_path / "mine.toml"
    path.write_text(code)
    made = preset.build(preset.read(str(path)))
    assert [arm.label for arm in made.all_arms] == ["", "no Dz"]


def test_every_paper_of_a_method_is_cited() -> None:
    from benchmarks.planning.registry import METHODS

    cited = text("CITATIONS.bib")
    for entry in METHODS:
        for number in re.findall(r"arXiv:(\d{4}\.\d{5}|\d{4}\.\d{4})", entry.paper):
            assert number in cited, f"{entry.name}: arXiv:{number}"


def test_versions_agree() -> None:
    import tomllib

    version = tomllib.loads(text("pyproject.toml"))["project"]["version"]
    assert f"version: {version}\n" in text("CITATION.cff")
