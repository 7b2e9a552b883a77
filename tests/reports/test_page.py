"""The page: self-contained, safe, small; and a report for stores in every state."""

import base64
import dataclasses
import hashlib
import io
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from reports import render
from reports.__main__ import main
from reports.answer import answer
from reports.differences import differences
from reports.figures import figures
from reports.page import facts, page
from reports.store import Store
from reports.tables import tables
from reports.terminal import terminal
from reports.writers import csv, latex, markdown
from tests.reports.synthetic import store, write


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The quick preset's shape: two methods, six seeds."""
    chosen = ("collapse.vendi_ratio", "collapse.collapsed", "fid.fid", "reconstruction.l1", "search.top1")
    folder = write(tmp_path_factory.mktemp("page"), change=lambda t: t[t["metric"].isin(chosen)])
    render(folder)
    return folder


def test_twelve_runs_stay_under_ten_megabytes(rendered: Path):
    assert 100_000 < (rendered / "report.html").stat().st_size < 10_000_000


def test_nothing_is_loaded_from_elsewhere(rendered: Path):
    text = (rendered / "report.html").read_text()
    page = re.sub(r"data:[a-z]+/[a-z+]+;base64,[A-Za-z0-9+/=]+", "data:", text)
    assert not re.search(r"""(?:src|href|srcset|action)\s*=\s*["'](?!data:|#)""", page)
    assert not re.search(r"(?:@import|url\(|fetch\(|XMLHttpRequest|https?://)", page)
    assert " style=" not in page and not re.search(r"\son[a-z]+=", page)


def test_the_policy_names_this_style_and_script_only(rendered: Path):
    text = (rendered / "report.html").read_text()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    told = policy[1].replace("&#39;", "'")
    assert told.startswith("default-src 'none'; img-src data:;") and "unsafe" not in told
    for tag in ("style", "script"):
        inline = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.S)
        assert len(inline) == 1
        assert "sha256-" + base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode() in told


class Ids(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.images = 0
        self.unnamed = 0

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids += [found["id"]] if found.get("id") else []
        self.links += [found["href"][1:]] if tag == "a" and found.get("href", "").startswith("#") else []
        self.images += tag == "img"
        self.unnamed += tag == "img" and "alt" not in found


def test_ids_are_unique_links_lead_somewhere_and_pictures_have_words(rendered: Path):
    parser = Ids()
    parser.feed((rendered / "report.html").read_text())
    assert len(parser.ids) == len(set(parser.ids)) and set(parser.links) <= set(parser.ids)
    assert parser.images > 10 and parser.unnamed == 0


def test_every_file_is_in_its_place(rendered: Path):
    for name in ("collapse", "collapse-steps", "summary", "claims", "runs"):
        assert all((rendered / "tables" / f"{name}.{end}").is_file() for end in ("csv", "md", "tex")), name
    for name in (
        "samples",
        "early-samples",
        "reconstructions",
        "interpolations",
        "search",
        "superresolution",
        "attributes",
        "losses",
        "collapse-steps",
        "cost",
    ):
        assert (rendered / "figures" / f"{name}.png").read_bytes()[:4] == b"\x89PNG", name


def failed(table: pd.DataFrame) -> pd.DataFrame:
    method = table["kind"] == "method"
    table.loc[method, "value"] = float("nan")
    table.loc[method, ["status", "reason"]] = ["failed", "out of <memory> & luck"]
    return table


STATES = {
    "one run": {"methods": ("gan",), "seeds": (0,)},
    "one seed": {"seeds": (7,)},
    "all failed": {
        "seeds": (0, 1),
        "change": failed,
        "panels": False,
        "lost": {(m, s): ("failed", "out of <memory> & luck") for m in ("gan", "aegan") for s in (0, 1)},
    },
    "references only": {"change": lambda t: t[t["kind"] != "method"], "panels": False},
    "one metric": {"change": lambda t: t[t["metric"] == "fid.fid"], "panels": False},
    "one step": {
        "change": lambda t: t[t["step"].isna() | (t["step"] == 1500)],
        "seeds": (0, 1, 2),
        "panels": False,
    },
    "strange names": {"methods": ("gan", "<img src=x>|a_b&"), "panels": False, "seeds": (0, 1, 2)},
}


@pytest.mark.parametrize("name", STATES)
def test_every_state_of_a_store_gets_a_page(name: str, tmp_path: Path):
    s = store(tmp_path, **STATES[name])  # type: ignore[arg-type]
    drawn = dict(figures(s)) if name in ("one run", "all failed") else {}
    made = tables(s)
    text = page(s, made, dict(list(drawn.items())[-1:]))
    assert all(form(table) for table in made.values() for form in (csv, markdown, latex))
    Console(file=io.StringIO()).print(terminal(s))
    assert "<h1>" in text and "<img src=x>" not in text and "<memory>" not in text
    if name == "all failed":
        assert "out of &lt;memory&gt; &amp; luck" in text


def test_answers_name_the_counts_and_what_they_do_not_show(quick: Store):
    told = answer(quick.views[0])
    assert "GAN collapsed in 6 of 6 runs" in told.lead and "p = 0.0022" in told.lead
    assert "the baseline 'pixels' (0.757) is better" in told.items[-1]
    assert (
        told.limits.startswith("This says nothing about other data") and "may still miss modes" in told.limits
    )
    assert told.markdown.count("\n- ") == len(told.items) and told.lines[0] == told.lead


def test_two_runs_differ_in_their_configuration_record_and_values(tmp_path: Path):
    s = store(tmp_path, seeds=(0, 1), panels=False)
    for seed in (0, 1):
        config = {
            "seed": seed,
            "batch": 16,
            "optim": {"lr": 1e-3 if seed else 2e-4, "beta1": 0.5},
            "base": None,
        }
        (tmp_path / "runs" / f"aegan-{seed}" / "config.json").write_text(json.dumps(config))
    one, other = (run["told"] for run in differences(s) if run["name"].startswith("AEGAN"))
    assert (one["optim.lr"], other["optim.lr"]) == ("0.0002", "0.001") and one["batch"] == "16"
    assert differences(s)[0]["told"]["batch"] == "–" and list(one)[:2] == ["seed", "batch"]
    assert one["seed"] != other["seed"] and one["fid.fid domain"] != other["fid.fid domain"]
    for path in tmp_path.glob("runs/gan-*"):
        (path / "config.json").write_text((tmp_path / "runs/aegan-0/config.json").read_text())
    assert "batch" not in differences(s)[0]["told"] and "optim.lr" in differences(s)[0]["told"]
    (tmp_path / "runs/gan-0/config.json").write_text("[]")
    damaged = next(run["told"] for run in differences(s) if run["name"].startswith("GAN, seed 0"))
    assert damaged["optim.lr"] == damaged["batch"] == "–"


def test_no_difference_is_claimed_from_one_seed(tmp_path: Path):
    told = answer(store(tmp_path, seeds=(0,), panels=False).views[0])
    assert "no difference from GAN is established" in told.lead and "can show no difference" in told.lead
    assert "too few runs to test" in " ".join(told.items) and "Not separated" not in told.limits


def test_a_bad_folder_is_one_line_and_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main([str(tmp_path / "nowhere")]) == 2
    assert main([str(tmp_path)]) == 2
    (tmp_path / "results.parquet").write_bytes(b"PAR1 not really")
    assert main([str(tmp_path)]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 3 and all(line.startswith("error: ") for line in lines)


def test_the_command_prints_the_path(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = write(tmp_path, seeds=(0,), panels=False, change=lambda t: t[t["metric"] == "fid.fid"])
    assert main([str(folder)]) == 0
    assert str(folder / "report.html") in capsys.readouterr().out


def test_reports_never_import_torch():
    code = "import sys, reports, reports.__main__; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_same_store_gives_the_same_page(tmp_path: Path):
    folder = write(tmp_path, seeds=(0,), panels=False, change=lambda t: t[t["metric"] == "fid.fid"])
    s = Store.open(folder)
    pages = [page(s, tables(s), dict(figures(s))) for _ in range(2)]
    assert pages[0] == pages[1]


def test_whose_settings_the_methods_have_is_said(tmp_path: Path):
    """All methods' by the preset; or which have their paper's, where some paper recommends none."""
    made = store(tmp_path, seeds=(0, 1), panels=False)
    assert "papers" not in tables(made)["summary"].head
    assert ("Settings on toonfaces", "the preset's settings for all methods") in facts(made)
    part = made.meta["parts"][0]
    part["config"]["settings"] = "paper"
    for arm in part["arms"]:
        arm["recommended"] = arm["method"] == "aegan"
    fresh = dataclasses.replace(made, memo={})
    said = "settings of their papers for AEGAN, the preset's for the others"
    assert said in tables(fresh)["summary"].head and ("Settings on toonfaces", said) in facts(fresh)
    for arm in part["arms"]:
        del arm["recommended"]  # a store of an earlier version
    assert "settings of each method's paper, where it recommends some" in dict(facts(fresh)).values()
