"""What the documents say is true: generated parts are up to date, commands parse, files exist, examples run."""

import argparse
import importlib
import json
import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import refresh
from benchmarks.commands import flags
from benchmarks.metrics import base
from benchmarks.planning import plugins, preset
from benchmarks.planning.registry import CLASSES, DATASETS, FAMILIES, METHODS, METRICS
from benchmarks.snapshots.snapshot import Snapshot
from tests.benchmarks import fakes
from tests.methods.harness import IMAGES, POINTS, go, training

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "tests" / "benchmarks" / "training" / "golden.json"
DOCUMENTS = (
    "README.md",
    "RESULTS.md",
    "USING.md",
    "CLUSTER.md",
    "CATALOGUE.md",
    "CONTRIBUTING.md",
    "CONTRACT.md",
    "TUTORIAL.md",
)
EXAMPLES = {"lsgan", "stripes", "brightness", "tiny"}  # of CONTRIBUTING.md


def text(document: str) -> str:
    return (ROOT / document).read_text()


def blocks(document: str, language: str) -> list[str]:
    """The fenced code of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text(document), re.M | re.S)


def test_the_catalogue_says_nothing_that_the_registries_do_not() -> None:
    """A row that is not there yet is no error: a plugin dropped in leaves this test green."""
    committed = text("CATALOGUE.md").splitlines()
    made = refresh.filled("CATALOGUE.md", text("CATALOGUE.md")).splitlines()
    stale = [line for line in committed if line not in made]
    assert not stale, "CATALOGUE.md: run tox -e refresh; out of date:\n" + "\n".join(stale)
    new = [line.split("|")[1].strip() for line in made if line not in committed]
    if new:
        pytest.skip(f"CATALOGUE.md does not list {', '.join(new)} yet: run tox -e refresh")


def test_a_document_without_the_place_of_a_part_is_refused() -> None:
    with pytest.raises(ValueError, match="has 0 places for 'glance'"):
        refresh.filled("README.md", "# nothing")


def commands(word: str) -> list[str]:
    """Every command of the documents that has `word`, in blocks and in sentences; comments and [options] dropped."""
    lines = [line for name in DOCUMENTS for block in blocks(name, "bash") for line in block.splitlines()]
    lines += [line for name in DOCUMENTS for line in re.findall(r"`([^`\n]+)`", text(name))]
    parts = [part.strip() for line in lines for part in re.split(r"  #|\s\[", line)[0].split("&&")]
    return list(dict.fromkeys(part for part in parts if word in part))


class Parsed(Exception):
    """Raised in the place of what a command does once its flags are read."""


@pytest.mark.parametrize("command", commands("python -m "))
def test_commands_parse(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the command's own parser, whatever module it is; and the presets, methods and keys that it names are there."""
    _, _, module, *args = shlex.split(command)
    read = argparse.ArgumentParser.parse_args

    def parse(*about: Any) -> None:
        raise Parsed(read(*about))

    if module == "pytest":
        return
    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse)
    monkeypatch.setattr("sys.argv", [module, *args])
    found = importlib.import_module(module if module != "reports" else "reports.__main__")
    if module == "benchmarks.refresh":
        return  # takes no flags
    with pytest.raises(Parsed) as error:
        found.main()
    (parsed,) = error.value.args
    foreign = getattr(parsed, "plugin", None) or EXAMPLES & set(re.split(r"[ ,]", command))
    if hasattr(parsed, "methods") and not foreign:
        flags.preset_values(parsed)


@pytest.mark.parametrize("command", [*commands("pytest"), *commands("tox")])
def test_commands_of_tests_name_what_is_there(command: str) -> None:
    words = [word for word in shlex.split(command) if word not in ("pip", "install")]
    environments = re.findall(r"[\w]+", " ".join(re.findall(r"^\[testenv:?(.*)\]$", text("tox.ini"), re.M)))
    for word in words:
        assert not word.startswith("tests/") or (ROOT / word).exists(), word
    if words[0] == "tox" and "-e" in words:
        assert words[words.index("-e") + 1] in environments


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_and_named_files_exist(document: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[\w-]*)?\)", text(document)):
        assert "://" in target or (ROOT / target).exists(), target
    for name in re.findall(r"`((?:benchmarks|datasets|methods|reports|tests)/[\w./]+)`", text(document)):
        assert (ROOT / name).exists() or "NAME" in name or name == "methods/lsgan.py", name


def anchors(document: str) -> set[str]:
    """The names that headings get where the documents are read."""
    headings = re.findall(r"^#+ (.*)$", text(document), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_to_headings_find_them(document: str) -> None:
    for target, anchor in re.findall(r"\]\(([\w.]*)#([\w-]+)\)", text(document)):
        assert anchor in anchors(target or document), f"{target}#{anchor}"


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
    """As a plugin: a method trains, a family carries methods, a data set gives its splits, a metric measures."""
    path = tmp_path / f"{name}.py"
    path.write_text(code)
    module = plugins.module_of(path)
    registries = (CLASSES, DATASETS, METRICS, FAMILIES)
    added = [registry.add(module) for registry in registries]
    try:
        methods, datasets, metrics, families = added
        assert len(methods + datasets + metrics + families) == 1
        for method in methods:
            assert go(training(method, "aegan", IMAGES, 4))
        for family in families:
            assert go(training("gan", family, POINTS, 4)) and go(training("ae", family, POINTS, 4))
        for dataset in datasets:
            made = DATASETS.get(dataset)(tmp_path, n_train=8, n_test=4)
            split = made.split("test")
            assert split.x.shape == (4, *made.shape[1:], made.shape[0]) and len(split.labels) == 4
            assert np.ptp(split.x) > 200
        for metric in metrics:
            made = base.evaluate(METRICS.get(metric), Snapshot(fakes.data(n=64), fakes.Linear((3, 16, 16))))
            assert made.status == "ok" and made.values.keys() == METRICS.get(metric).values.keys()
    finally:
        for registry, names in zip(registries, added, strict=True):
            registry.remove(names)


def test_what_a_metric_may_ask_for_is_all_said() -> None:
    """The table of CONTRIBUTING.md and a snapshot have the same names, and the data's are among them; so are the needs."""
    (section,) = re.findall(r"^## A metric\n(.*?)^## ", text("CONTRIBUTING.md"), re.M | re.S)
    (table,) = re.findall(r"^\| \| \|\n\|---\|---\|\n((?:\|.*\n)+)", section, re.M)
    rows = dict(re.findall(r"^\| (.*?) \| (.*) \|$", table, re.M))
    told = set(re.findall(r"`s\.(\w+)", table))
    s = Snapshot(fakes.data(n=8), fakes.Linear((3, 16, 16)))
    assert told == {name for name in (*dir(Snapshot), *vars(s)) if not name.startswith("_")}
    assert set(re.findall(r"`(\w+)", rows["`s.data`"])) <= {*dir(s.data)}
    assert set(re.findall(r"`(\w+)`", rows["`s.has(need)`"])) == set(base.NEEDS)


def test_the_preset_of_the_example_is_one(tmp_path: Path) -> None:
    (code,) = blocks("CONTRIBUTING.md", "toml")
    path = tmp_path / "mine.toml"
    path.write_text(code)
    made = preset.build(preset.read(str(path)))
    assert [arm.label for arm in made.all_arms] == ["", "no Dz"]


def test_every_paper_of_a_method_is_cited() -> None:
    """Of those whose losses are pinned: one that was dropped in is not asked yet."""
    cited, pinned = text("CITATIONS.bib"), json.loads(GOLDEN.read_text())
    for entry in METHODS:
        if any(title.startswith(f"{entry.name} ") for title in pinned):
            for number in re.findall(r"arXiv:(\d{4}\.\d{5}|\d{4}\.\d{4})", entry.paper):
                assert number in cited, f"{entry.name}: add arXiv:{number} to CITATIONS.bib"


def test_citations_agree_with_the_methods() -> None:
    """First author and year of each "Name et al. 2017, arXiv:1703.10717" are those of the entry with that number."""
    entries = {
        match[1]: entry
        for entry in text("CITATIONS.bib").split("\n@")
        if (match := re.search(r"arXiv:(\d{4}\.\d{4,5})", entry))
    }
    pinned = " ".join(json.loads(GOLDEN.read_text()))
    for method in [each for each in METHODS if f"{each.name} " in pinned]:
        told = re.findall(
            r"(?:van )?([A-Z][\w-]+)(?: et al\.| & \w+)? (\d{4}), arXiv:([\d.]+\d)", method.paper
        )
        assert len(told) == method.paper.count("arXiv:"), method.name
        for author, year, number in told:
            entry = entries[number]
            assert re.search(rf"author\s*= {{{author},", entry), f"{method.name}: {number} is not by {author}"
            assert year in (f"20{number[:2]}", re.search(r"year\s*= {(\d+)}", entry)[1]), (
                f"{method.name}: {year}"
            )


def test_versions_agree() -> None:
    import tomllib

    version = tomllib.loads(text("pyproject.toml"))["project"]["version"]
    assert f"version: {version}\n" in text("CITATION.cff")
