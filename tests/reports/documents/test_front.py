"""The front page's table says for each method what it scored at its own setting, beside real images and what learned nothing."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from benchmarks.planning import preset
from reports.documents import evidence, front
from reports.store import Store

PARTS = ("mean", "low", "high")
FID, DHASH, SEARCH = front.COLUMNS


def write(folder: Path, rows: list[tuple[str, str, dict[str, tuple[float, float, float]]]]) -> None:
    """A published store: (kind, name, column -> mean, low, high) for each row, and gan's collapsed runs."""
    folder.mkdir(parents=True)
    heads = [f'"{key} {part}"' for key in front.COLUMNS for part in PARTS]
    lines = [f"kind,name,{','.join(heads)}"]
    for kind, name, found in rows:
        cells = [str(v) for key in front.COLUMNS for v in found.get(key, ("", "", ""))]
        lines.append(f"{kind},{name},{','.join(cells)}")
    (folder / "summary.csv").write_text("\n".join(lines) + "\n")
    (folder / "collapse.csv").write_text("method,collapsed,n\ngan · tuned,2,5\nvae,0,5\n")
    titles = {"gan": "GAN", "vae": "VAE", "ae": "AE", "inverse": "Inverse generator", "wgan-gp": "WGAN-GP"}
    about = {
        name: {"title": title, "ex_post": name == "ae", "generator": "gan" if name == "inverse" else None}
        for name, title in titles.items()
    }
    (folder / "meta.json").write_text(json.dumps({"methods": about}))


def test_a_row_for_each_method_at_its_own_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "PUBLISHED", tmp_path)
    monkeypatch.setattr(
        evidence, "tables_of", lambda folder: {p.name: p.read_text() for p in folder.glob("*.csv")}
    )
    assert front.glance() == ""
    write(
        tmp_path / "digits-tuned",
        [
            ("method", "gan", {FID: (9, 8, 10)}),
            ("method", "gan · paper", {FID: (7, 6, 8)}),
            ("method", "gan · tuned", {FID: (16, 14.5, 17.5)}),
            ("method", "vae", {FID: (12, 3, 30), DHASH: (0.8, 0.79, 0.81), SEARCH: (0.9, 0.85, 0.95)}),
            ("method", "ae", {FID: (8, 7.5, 8.5)}),
            ("method", "inverse", {FID: (9, 8, 10), DHASH: (0.7, 0.69, 0.71)}),
            ("ceiling", "real", {FID: (1.5, 1.5, 1.5), DHASH: (1, 1, 1)}),
            ("baseline", "mean-image", {FID: (90, 90, 90), DHASH: (0.6, 0.6, 0.6)}),
            ("baseline", "untrained", {FID: (80, 80, 80), DHASH: (0.5, 0.5, 0.5)}),
        ],
    )
    write(
        tmp_path / "digits-tuned-rest",
        [
            ("method", "gan · tuned", {FID: (20, 19, 21)}),
            ("method", "wgan-gp", {FID: (30, 29, 31)}),
            ("ceiling", "real", {FID: (1.6, 1.6, 1.6)}),
            ("baseline", "untrained", {FID: (80, 80, 80)}),
        ],
    )
    assert front.glance().splitlines() == [
        "| method | small digits: FID ↓ | small digits: dHash ↑ | small digits: search ↑ |",
        "| --- | --- | --- | --- |",
        "| *real images* | 1.500 | 1.000 | – |",
        "| *best trivial* | 80.0 (untrained) | 0.600 (mean-image) | – |",
        "| GAN | 16.0 ± 1.5, 2 of 5 collapsed | – | – |",
        "| VAE | 12.0 [3.0, 30.0] | 0.800 ± 0.010 | 0.900 ± 0.050 |",
        "| AE | 8.0 ± 0.5, ex post | – | – |",
        "| Inverse generator | 9.0, GAN's | 0.700 ± 0.010 | – |",
        "| WGAN-GP | 30.0 ± 1.0 | – | – |",
    ]


def test_of_an_undecided_claim_the_numbers_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test, and how many runs it would need, are in RESULTS.md alone."""
    key = dict(zip(("metric", "better", "worse"), front.CLAIMS[0], strict=True))
    row = {"claim": "GAN collapses", "paper": "L", "where": "4.1", **key}
    found = [
        {**row, "verdict": "undecided", "evidence": "AEGAN 0/5, GAN 1/5 (Fisher's exact test), p = 1"},
        {**row, "verdict": "holds", "evidence": "AEGAN 0/9, GAN 9/9 (Fisher's exact test), p = 0.001"},
    ]
    answers = [evidence.Answer(f"preset-{i}", "Toonfaces", each) for i, each in enumerate(found)]
    monkeypatch.setattr(front, "answers", lambda: answers)
    monkeypatch.setattr(front, "_runs", lambda name: int(name == "preset-0"))
    said = front.claims().splitlines()[-1]
    assert "undecided: AEGAN 0/5, GAN 1/5 ([preset-0](reports/published/preset-0/README.md))" in said
    assert said.endswith("; [other stores](RESULTS.md#claims): 1 **holds** |")
    monkeypatch.setattr(front, "_runs", lambda name: int(name == "preset-1"))
    assert "**holds**: AEGAN 0/9, GAN 9/9 (Fisher's exact test), p = 0.001 ([preset-1]" in front.claims()


def test_of_a_value_on_several_numbers_of_samples_the_largest_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Methods that search for each code have a column of fewer, which compares with nothing else."""
    monkeypatch.setattr(front, "PUBLISHED", tmp_path)
    monkeypatch.setattr(
        evidence, "tables_of", lambda folder: {p.name: p.read_text() for p in folder.glob("*.csv")}
    )
    folder = tmp_path / "faces16"
    folder.mkdir()
    heads = [f'"{DHASH} [n = {n}] {part}"' for n in ("1,000", "256") for part in PARTS]
    rows = ["method,aegan,0.74,0.73,0.75,,,", "method,creswell,,,,0.72,0.71,0.73"]
    (folder / "summary.csv").write_text("\n".join([f"kind,name,{','.join(heads)}", *rows]) + "\n")
    (folder / "collapse.csv").write_text("method,collapsed,n\n")
    (folder / "meta.json").write_text(json.dumps({"methods": {}}))
    assert [line.split(" | ")[2] for line in front.glance().splitlines()[-2:]] == ["0.740 ± 0.010", "–"]


def test_what_the_front_page_says_of_the_four_best_on_faces_is_what_its_data_say() -> None:
    """Paired t-tests of log FID over the five seeds of faces16, by scipy, Holm over the six pairs by statsmodels."""
    view = Store.open(front.PUBLISHED / "faces16").views[0]
    found = view.at("fid.fid")
    lowest = sorted(found, key=lambda name: float(np.mean(list(found[name].values()))))[:4]
    names = ["wgan-gp", "aegan", "vae-gan", "bigbigan"]
    assert {str(name) for name in lowest} == set(names)
    logs = {str(name): np.log([found[name][seed] for seed in sorted(found[name])]) for name in lowest}
    pairs = list(itertools.combinations(names, 2))
    adjusted = multipletests([stats.ttest_rel(logs[a], logs[b]).pvalue for a, b in pairs], method="holm")[1]
    first = [p for (a, _), p in zip(pairs, adjusted, strict=True) if a == "wgan-gp"]
    rest = [p for (a, _), p in zip(pairs, adjusted, strict=True) if a != "wgan-gp"]
    assert min(rest) > 0.05 and all(logs["wgan-gp"].mean() < logs[name].mean() for name in names[1:])
    said = f"(Holm over these six pairs, p <= {max(first):.1g})"
    text = " ".join((Path(front.__file__).parents[2] / "README.md").read_text().split())
    assert said in text and "these three are not separated" in text


def test_how_many_rates_of_the_first_contest_lie_at_an_edge() -> None:
    """Of faces16's methods with three trials each, at 2e-4, 5e-4 and 1e-3."""
    own = preset.read("faces16")["method"]
    rates = [table["optim"]["lr"] for name, table in own.items() if name not in ("r3gan", "creswell")]
    assert set(rates) == {2e-4, 5e-4, 1e-3}
    edges = sum(rate != 5e-4 for rate in rates)
    text = " ".join((Path(front.__file__).parents[2] / "README.md").read_text().split())
    assert f"{edges} of {len(rates)} learning rates lie at the edge of their grid" in text
