"""A plan with a second domain, from training to panels: what is stored, what is skipped, and a run that goes on."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.evaluation.collect import collect
from benchmarks.evaluation.panels import PANELS, TRANSLATED
from benchmarks.execution import job
from benchmarks.results import load
from benchmarks.snapshots.load import load_model
from benchmarks.snapshots.snapshot import unit
from benchmarks.storage.run_folder import RunFolder
from tests.benchmarks import tiny

pytestmark = pytest.mark.slow
ASKED: dict[str, Any] = {
    "domain": "toonfaces:hair_colour=blond",
    "data__fixed": "hair_colour=black",
    "methods": ["gan", "cyclegan"],
    "metrics": ["translation", "fid"],
}


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("translations")
    made = tiny.plan(folder, **ASKED)
    assert {outcome.status for outcome in tiny.go(made).values()} == {"ok"}
    collect(made, {}, "python -m benchmarks.run", costs=True)
    return folder


def test_values_and_what_is_skipped(ended: Path) -> None:
    frame = load(ended)
    last = frame[frame["step"] == 8]

    def reasons(method: str) -> dict[str, str]:
        own = last[last["method"] == method]
        return dict(zip(own["metric"].str.partition(".")[0], own["reason"], strict=True))

    assert reasons("gan")["translation"] == "the method does not translate between two image domains"
    assert reasons("cyclegan") == {"translation": "", "fid": "the method has no generator"}
    rows = frame[frame["metric"] == "translation.truth_l1"].set_index("method")["value"]
    assert rows["identity"] == pytest.approx(1) and rows["counterpart"] == 0


def test_the_panel_and_the_model(ended: Path) -> None:
    (folder,) = [path for path in (ended / "runs").iterdir() if list(path.glob("panels/translations-8.npz"))]
    with np.load(folder / "panels" / "translations-8.npz") as panel:
        arrays = {name: panel[name] for name in panel.files}
    assert set(arrays) == {"x", "made", "truth", "back"}
    assert all(a.shape == (2 * TRANSLATED, 8, 8, 3) and a.dtype == np.uint8 for a in arrays.values())
    assert not (arrays["truth"] == arrays["x"]).all()
    model = load_model(ended, folder.name)
    assert model.can == {"translate"}
    import torch

    x = unit(torch.from_numpy(arrays["x"][:TRANSLATED]).permute(0, 3, 1, 2))
    made = model.translate(x, "x2").mul(255).round().permute(0, 2, 3, 1).numpy()
    np.testing.assert_allclose(made, arrays["made"][:TRANSLATED], atol=1)


def test_nothing_is_left_to_do(ended: Path) -> None:
    made = tiny.plan(ended, **ASKED)
    assert all(job.finished(node) for node in made.runs)


def test_only_who_translates_has_the_panel() -> None:
    (panel,) = [panel for panel in PANELS if panel.name == "translations"]
    assert panel.needs == {"translate", "images", "domains"}


def test_a_run_that_was_stopped_goes_on_to_the_same_weights(
    ended: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed behind its first checkpoint, with half-full pools."""
    changes = {**ASKED, "methods": ["cyclegan"], "metrics": ["fid"]}
    (node,) = tiny.plan(tmp_path, **changes).runs

    class Killed(BaseException):
        pass

    def tell(phase: str, done: int, of: int) -> None:
        if phase == "train" and RunFolder(tmp_path, node.key).checkpoint.exists():
            raise Killed

    with pytest.raises(Killed):
        job.perform(node, tell)
    outcome = job.perform(node, lambda *_: None)
    assert outcome.status == "ok", outcome.reason
    here, there = (RunFolder(out, node.key).record() for out in (tmp_path, ended))
    assert here is not None and there is not None and here["weights_sha256"] == there["weights_sha256"]
