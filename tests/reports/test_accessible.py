"""The page and the site break no rule of axe, in the light and the dark theme, on a wide screen and on a phone.

BIDIGAN_AXE names another axe.min.js than that of the package axe-core-python.
"""

import html
import importlib.util
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from reports.__main__ import main
from tests.reports import synthetic
from tests.reports.test_browser import CHROMIUM, dump

PACKAGE = importlib.util.find_spec("axe_core_python")
AXE = os.environ.get("BIDIGAN_AXE") or (
    str(Path(PACKAGE.origin).with_name("axe.min.js")) if PACKAGE and PACKAGE.origin else ""
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(not AXE, reason="no axe: install axe-core-python, or BIDIGAN_AXE=path/to/axe.min.js"),
]
RUN = """
document.documentElement.dataset.theme = "%s";
document.querySelectorAll("details").forEach((each) => { each.open = true; });
axe.run(document, {resultTypes: ["violations"]}).then((found) => {
  const seen = found.violations.map((v) => [v.id, v.impact, v.nodes.slice(0, 3).map((n) => n.html)]);
  document.documentElement.setAttribute("data-axe", JSON.stringify(seen));
});
"""


def violations(page: Path, folder: Path, theme: str, width: int) -> list[Any]:
    """What axe objects to on a page: rule, impact, the first elements."""
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text())
    scripts = f"<script>{Path(AXE).read_text()}</script><script>{RUN % theme}</script>"
    examined = page.with_name(f"examined-{page.name}")
    examined.write_text(text.replace("</body>", f"{scripts}</body>", 1))
    shown, _ = dump(examined, folder / "profile", f"--window-size={width},900")
    examined.unlink()
    found = re.search(r'data-axe="([^"]*)"', shown)
    assert found, "axe did not finish"
    return json.loads(html.unescape(found[1]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report, and a site over it and what is published."""
    root = tmp_path_factory.mktemp("accessible")
    lost = {("aegan", 2): ("diverged", "rec_x is NaN at step 700")}
    synthetic.write(root / "store", seeds=(0, 1, 2, 3), lost=lost)
    assert main([str(root / "store")]) == 0 and main(["--site", str(root / "site"), str(root / "store")]) == 0
    return root


PAGES = ["store/report.html", *(f"site/{name}" for name in (
    "index.html", "methods.html", "method-aegan.html", "presets.html", "preset-quick.html", "gallery.html"
))]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(("theme", "width"), [("light", 1400), ("dark", 1400), ("light", 360)])
def test_no_rule_is_broken(page: str, theme: str, width: int, folder: Path, tmp_path: Path) -> None:
    assert violations(folder / page, tmp_path, theme, width) == []


def test_what_is_wrong_is_found(tmp_path: Path) -> None:
    """That the check can fail."""
    page = tmp_path / "wrong.html"
    page.write_text("<html lang='en'><head><title>t</title></head><body><img src='a.png'></body></html>")
    assert "image-alt" in {rule for rule, *_ in violations(page, tmp_path, "light", 1400)}
