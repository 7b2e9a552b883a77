"""The site: every link of every page resolves, cells lead to runs, filters work in a browser, and nothing strange is run."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlparse

import pandas as pd
import pytest

from benchmarks import results
from benchmarks.documents import facts
from reports import publish
from reports.__main__ import main
from reports.site import build as site
from reports.site import source
from tests.reports import synthetic
from tests.reports.test_browser import CHROMIUM, dump


class Page(HTMLParser):
    """Ids, links and headings of one page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.levels: list[int] = []
        self.without_alt = 0
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = dict(attrs)
        self.ids += [own["id"]] if own.get("id") else []
        self.links += [str(own[name]) for name in ("href", "src") if own.get(name)]
        self.levels += [int(tag[1])] if re.fullmatch(r"h\d", tag) else []
        self.without_alt += tag == "img" and not own.get("alt")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site over two stores, one with pictures and a lost run, one with a method of a wicked name; and one published."""
    root = tmp_path_factory.mktemp("site")
    lost = {("aegan", 2): ("diverged", "rec_x is NaN at step 700")}
    synthetic.write(root / "one", seeds=(0, 1, 2, 3), lost=lost)
    synthetic.write(
        root / "two", ("gan", "<b>aae</b>"), variants={"gan": ("", "critic_updates=joint")}, panels=False
    )
    published = root / "published"
    published.mkdir()
    known = json.loads((publish.FOLDER / "INDEX.json").read_text())["quick"]
    synthetic.write(published / "quick", seeds=(0, 1), panels=False)
    (published / "INDEX.json").write_text(json.dumps({"quick": known}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site, "FOLDER", published)
        assert main(["--site", str(root / "made"), str(root / "one"), str(root / "two")]) == 0
    return root / "made"


def test_every_link_resolves(folder: Path) -> None:
    pages = {path.name: Page(path) for path in folder.glob("*.html")}
    assert {"index.html", "methods.html", "presets.html", "gallery.html", "method-aegan.html"} <= pages.keys()
    assert {"preset-one.html", "preset-two.html", "preset-quick.html"} <= pages.keys()
    for name, page in pages.items():
        assert len(page.ids) == len(set(page.ids)), name
        for link in page.links:
            target = urlparse(link)
            if target.scheme:
                assert link == "data:," or target.netloc == "arxiv.org", (name, link)
                continue
            file = unquote(target.path) or name
            assert (folder / file).exists(), (name, link)
            assert not target.fragment or target.fragment in pages[file].ids, (name, link)


def test_pages_are_in_order_for_readers_of_screens(folder: Path) -> None:
    for path in folder.glob("*.html"):
        page = Page(path)
        regions = re.findall(r'role="region" aria-label="([^"]+)"', path.read_text())
        assert len(set(regions)) == len(regions), f"{path.name}: two regions of one name"
        assert page.levels[0] == 1 and page.levels.count(1) == 1, path.name
        assert all(b - a <= 1 for a, b in zip(page.levels, page.levels[1:], strict=False)), path.name
        assert not page.without_alt, path.name


def test_cells_lead_to_runs_with_command_and_weights(folder: Path) -> None:
    board = (folder / "index.html").read_text()
    (link,) = set(re.findall(r'href="preset-one.html#(runs-[\w-]+-aegan)"', board))
    page = (folder / "preset-one.html").read_text()
    group = page[page.index(f'id="{link}"') :].partition("</figure>")[0]
    records = results.records(folder.parent / "one").set_index("method").loc["aegan"]
    assert records["run"].size == 4
    for record in records.to_dict("records"):
        assert record["run"] in group and (record["weights_sha256"] or "not stored") in group
    assert "rec_x is NaN at step 700" in group
    assert "python -m benchmarks.run --methods aegan,gan --seeds 6" in page


def test_what_says_most_comes_first_and_what_is_withdrawn_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = json.loads((publish.FOLDER / "INDEX.json").read_text())["quick"]
    for name in ("ablation", "modes", "quick"):
        synthetic.write(tmp_path / name, seeds=(0, 1), panels=False)
    (tmp_path / "INDEX.json").write_text(json.dumps(dict.fromkeys(("ablation", "modes", "quick"), known)))
    monkeypatch.setattr(site, "FOLDER", tmp_path)
    found = site.sources([], {"quick": "", "absent": "", "modes": "nothing is drawn"})
    assert [(each.name, each.withdrawn) for each in found] == [
        ("quick", ""),
        ("modes", "nothing is drawn"),
        ("ablation", ""),
    ]
    pages = site.pages(site.collect(found, {}))
    assert pages["index.html"].count("Withdrawn: nothing is drawn.") == 1
    assert "Withdrawn: nothing is drawn." in pages["preset-modes.html"]
    assert "Withdrawn" not in pages["preset-quick.html"]


def test_nobody_leads_where_there_are_too_few_runs_to_test(folder: Path) -> None:
    """`published` has two seeds, `one` has four."""
    text = (folder / "index.html").read_text()
    rows = text[text.index('id="table-leads"') :].split("</table>")[0].split("<tr ")[1:]
    named = {name: row for row in rows for name in re.findall(r"<small>([^<]*)</small></th>", row)}
    assert re.search("undecided|better than", named["one"])
    assert not re.search("undecided|better than", named["quick"]) and "the only one" in named["quick"]


def test_no_board_is_empty_whatever_was_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results that answer none of the usual questions have a board of their own metrics, and are named where nobody leads."""
    store = synthetic.write(tmp_path / "one", panels=False)
    frame = pd.read_parquet(store / results.TABLE)
    frame[frame["metric"] == "fid.fid"].assign(metric="probe.layer").to_parquet(store / results.TABLE)
    meta = json.loads((store / results.META).read_text())
    meta["metrics"]["probe.layer"] = {**meta["metrics"]["fid.fid"], "title": "1-NN of a layer"}
    (store / results.META).write_text(json.dumps(meta))
    monkeypatch.setattr(site, "FOLDER", tmp_path / "nothing")
    assert main(["--site", str(tmp_path / "s"), str(store)]) == 0
    for page in ("index.html", "preset-one.html"):
        text = (tmp_path / "s" / page).read_text()
        board = text[text.index('id="board-one') :].split("</table>")[0]
        assert "1-NN of a layer" in board and "AEGAN" in board and 'href="preset-one.html#runs-' in board
    leads = (tmp_path / "s" / "index.html").read_text().split('id="table-leads"')[1].split("</table>")[0]
    assert "<tr data" not in leads


def test_figures_are_named_in_words(tmp_path: Path) -> None:
    store = synthetic.store(tmp_path)
    (view,) = store.views
    told = {
        stem: source.about_figure(store, stem)
        for stem in ("samples", "forest-aegan", f"latent-{view.id}", "odd")
    }
    data = view.about["title"]
    assert [title for title, _ in told.values()] == [
        "Samples",
        "Differences, AEGAN",
        f"Latent space, {data}",
        "Odd",
    ]
    assert all(caption for title, caption in told.values() if title != "Odd")


def test_a_docstring_is_shown_as_prose() -> None:
    first, second = site.prose("One\nline of `code` <b>.\n\nAnother.\n")
    assert first == "One line of <code>code</code> &lt;b&gt;." and second == "Another."


def test_a_method_says_what_it_is_where_it_leads_and_what_it_was_trained_with(folder: Path) -> None:
    page = (folder / "method-aegan.html").read_text()
    for told in (
        "arxiv.org/abs/2004.05472",
        "adv_z_rec",
        "pixel_l1",
        "Where it leads",
        "Published values",
    ):
        assert told in page, told
    assert "sq_x" not in page
    assert list(folder.glob("img/one-own-*aegan.webp"))
    assert '<img src="img/one-own-' in page
    assert "&lt;b&gt;aae" in (folder / "index.html").read_text()
    assert "<b>aae" not in "".join(path.read_text() for path in folder.glob("*.html"))


def test_what_is_told_of_methods() -> None:
    told = facts.methods()
    assert [term["name"] for term in told["aegan"]["terms"][:2]] == ["rec_x", "rec_z"]
    assert told["pacgan2"]["variant_of"] == "gan" and told["inverse"]["base"] == "G of gan, frozen"
    assert all(term["equation"] for about in told.values() for term in about["terms"])


def test_a_later_site_removes_what_is_no_more(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(site, "FOLDER", tmp_path / "nothing")
    two = folder.parent / "two"
    assert main(["--site", str(tmp_path / "s"), str(folder.parent / "one")]) == 0
    (tmp_path / "s" / "CNAME").write_text("mine")
    assert main(["--site", str(tmp_path / "s"), str(two)]) == 0
    assert not (tmp_path / "s" / "preset-one.html").exists() and (tmp_path / "s" / "CNAME").exists()
    for place, said in ((two, "holds results"), (folder.parent, "is not empty and holds no site")):
        assert main(["--site", str(place), str(two)]) == 2
        assert said in capsys.readouterr().err
    assert main(["--site", str(tmp_path / "t")]) == 2
    assert "no results to show" in capsys.readouterr().err


DRIVER = """
const seen = {};
const change = (id, value) => {
  const select = document.getElementById(id);
  select.value = value;
  select.dispatchEvent(new Event("change", {bubbles: true}));
};
const boards = () => [...document.querySelectorAll(".board")].filter((one) => !one.hidden).map((one) => one.id);
seen.all = boards().length;
change("f-question", "Searches?");
seen.searching = boards().length;
seen.heads = [...document.querySelectorAll(".board:not([hidden]) thead th")].filter((h) => !h.hidden)
  .map((h) => h.dataset.q || "");
seen.count = document.getElementById("f-count").textContent;
change("f-question", "");
change("f-preset", "nothing");
const head = document.querySelector(".board thead th:nth-child(2) button");
head.click();
seen.sorted = document.querySelector(".board thead th:nth-child(2)").getAttribute("aria-sort");
seen.measure = document.querySelector(".board thead th:nth-child(2) small").textContent;
seen.errors = window.__errors;
document.documentElement.setAttribute("data-seen", JSON.stringify(seen));
"""


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_filters_and_sorting_in_a_browser(folder: Path, tmp_path: Path) -> None:
    for name in ("index.html", "preset-one.html", "method-aegan.html", "gallery.html"):
        _, log = dump(folder / name, tmp_path / "plain")
        assert not [line for line in log.splitlines() if "CONSOLE" in line or "Content Security" in line], log
    text = re.sub(
        r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", (folder / "index.html").read_text()
    )
    watch = "<script>window.__errors = []; window.addEventListener('error', (e) => window.__errors.push(e.message));</script>"
    text = text.replace("<head>", "<head>" + watch, 1)
    driven = tmp_path / "driven.html"
    driven.write_text(text.replace("</body>", f"<script>{DRIVER}</script></body>", 1))
    shown, _ = dump(driven, tmp_path / "profile")
    found = re.search(r'data-seen="([^"]*)"', shown)
    assert found is not None
    seen = json.loads(found[1].replace("&quot;", '"').replace("&amp;", "&"))
    assert seen["errors"] == [] and seen["all"] == 3 and 0 < seen["searching"] <= 3
    assert set(seen["heads"]) == {"", "Searches?"} and seen["count"] == f"{seen['searching']} of 3 boards"
    assert seen["sorted"] == "ascending" and seen["measure"]
