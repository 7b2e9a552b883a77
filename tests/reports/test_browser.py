"""The page in a real browser: no errors, and sorting, filtering, switching, enlarging and the themes work."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from reports import render
from tests.reports.synthetic import write

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update",
         "--disable-background-networking", "--disable-sync", "--virtual-time-budget=20000", "--dump-dom")  # fmt: skip

DRIVER = """
const seen = {};
const click = (selector) => document.querySelector(selector).click();
const change = (element, value) => { element.value = value; element.dispatchEvent(new Event("change", {bubbles: true})); };
const column = (table, index) => [...document.querySelectorAll(table + " tbody tr")].filter((r) => !r.hidden)
  .map((r) => r.cells[index].dataset.v);
const heads = [...document.querySelectorAll("#table-collapse thead th")];
const vendi = heads.findIndex((h) => h.textContent.startsWith("Vendi"));
heads[vendi].querySelector("button").click();
seen.up = column("#table-collapse", vendi).map(Number);
heads[vendi].querySelector("button").click();
seen.down = column("#table-collapse", vendi).map(Number);
seen.sort = heads[vendi].getAttribute("aria-sort");
const filter = document.getElementById("run-filter");
filter.value = "nan at"; filter.dispatchEvent(new Event("input"));
seen.filtered = column("#table-runs", 0);
seen.count = document.getElementById("run-count").textContent;
filter.value = ""; filter.dispatchEvent(new Event("input"));
change(document.getElementById("run-status"), "diverged");
seen.diverged = column("#table-runs", 2);
const gallery = document.querySelector(".gallery");
const picture = gallery.querySelector("[data-method] img");
seen.before = picture.src.length > 0;
const first = picture.src;
change(gallery.querySelector('[data-role="seed"]'), "1");
seen.switched = picture.src !== first && picture.src.startsWith("data:image/");
const box = gallery.querySelector('[data-role="method"]');
box.click();
seen.hidden = gallery.querySelector("[data-method]").hidden;
click(".drawing .zoom");
seen.open = document.getElementById("larger").open;
document.getElementById("larger").close();
click("#theme"); click("#theme");
seen.theme = document.documentElement.dataset.theme;
seen.ground = getComputedStyle(document.body).backgroundColor;
document.getElementById("differ").open = true;
seen.differences = document.querySelectorAll("#differences tbody tr").length;
seen.errors = window.__errors;
document.documentElement.setAttribute("data-seen", JSON.stringify(seen));
"""


def dump(page: Path, profile: Path, *flags: str) -> tuple[str, str]:
    """The page's document when its scripts are done, and what the browser logged."""
    assert CHROMIUM is not None
    command = [
        CHROMIUM,
        *FLAGS,
        *flags,
        f"--user-data-dir={profile}",
        "--enable-logging=stderr",
        f"file://{page}",
    ]
    made = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return made.stdout, made.stderr


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lost = {("aegan", 2): ("diverged", "rec_x is NaN at step 700")}
    return render(write(tmp_path_factory.mktemp("browser"), seeds=(0, 1, 2, 3), lost=lost)).html


def test_the_page_says_nothing_on_the_console(page: Path, tmp_path: Path):
    shown, log = dump(page, tmp_path)
    assert "Collapsed runs" in shown
    assert not [line for line in log.splitlines() if "CONSOLE" in line or "Content Security Policy" in line]


def test_sorting_filtering_switching_and_themes(page: Path, tmp_path: Path):
    text = page.read_text()
    text = re.sub(
        r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text
    )  # to let the test's script in
    watch = "<script>window.__errors = []; window.addEventListener('error', (e) => window.__errors.push(e.message));</script>"
    text = text.replace("<head>", "<head>" + watch, 1).replace(
        "</body>", f"<script>{DRIVER}</script></body>", 1
    )
    driven = tmp_path / "driven.html"
    driven.write_text(text)
    shown, _ = dump(driven, tmp_path / "profile")
    found = re.search(r'data-seen="([^"]*)"', shown)
    assert found is not None
    seen = json.loads(found[1].replace("&quot;", '"').replace("&amp;", "&"))
    assert seen["errors"] == []
    assert seen["up"] == sorted(seen["up"]) and seen["down"] == sorted(seen["down"], reverse=True)
    assert seen["sort"] == "descending"
    assert seen["filtered"] == ["aegan"] and seen["count"].startswith("1 of 8")
    assert seen["diverged"] == ["diverged"]
    assert seen["before"] and seen["switched"] and seen["hidden"] and seen["open"]
    assert seen["theme"] == "dark" and seen["ground"] == "rgb(15, 18, 22)"
    assert seen["differences"] > 3
