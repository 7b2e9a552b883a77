"""Old spellings of the contract: a plugin of yesterday runs, and each old name says its new one."""

import sys
import textwrap
from pathlib import Path

import pytest

from benchmarks.planning import plugins
from methods.base import Role, Update
from methods.families.base import Family
from tests.methods.harness import IMAGES, go, training

YESTERDAY = '''
"""A plugin in the old spelling."""

from methods.base import Method, Role, Update, rounds, versus


class Old(Method):
    name, title, paper, summary = "old", "Old", "-", "a GAN as it was written before"
    encodes = 7
    roles = {"G": Role("producer", ("z",), "x"), "Dx": Role("critic", ("x",), "score", plain=True)}
    players = {"G": ("G",), "Dx": ("Dx",)}
    weights = {"adv_x_gen": 1.0}

    def cycle(self):
        dx = versus("Dx", "real_x", ["fake_x_gen"], "joint")
        return rounds([dx], Update({"G": self.on("adv_x_gen")}, draw="G", counts=1))

    def term_real_x(self, n, b):
        return n.Dx(b.x).square().mean()

    def term_fake_x_gen(self, n, b):
        return n.span * n.Dx(b.x_gen).mean()

    def term_adv_x_gen(self, n, b):
        return -n.Dx(b.x_gen).mean()
'''


def test_a_plugin_of_yesterday_trains(tmp_path: Path) -> None:
    path = tmp_path / "old_spelling.py"
    path.write_text(textwrap.dedent(YESTERDAY).lstrip())
    with pytest.warns(FutureWarning) as heard:
        old = plugins.module_of(path).Old
        rows = go(training(old, "aegan", IMAGES, 4))
    assert rows and old.max_encoded == 7 and old.roles["Dx"].batch_independent
    said = {str(each.message).partition(";")[0] for each in heard}
    assert said == {
        "methods.base.versus is now called critic_updates",
        "methods.base.rounds is now called balanced_cycle",
        "Old.encodes is now called max_encoded",
        "Role(plain=...) is now called Role(batch_independent=...)",
        "Update(draw=...) is now called Update(stream=...)",
        "Update(counts=...) is now called Update(steps=...)",
        "Method.on is now called active",
        "Networks.span is now called value_range",
    }


def test_old_attributes_read_the_new_ones() -> None:
    update, role = Update({}, stream="G", steps=1), Role("critic", ("x",), "score", batch_independent=True)
    with pytest.warns(FutureWarning):
        assert (update.draw, update.counts, role.plain) == ("G", 1, True)  # type: ignore[attr-defined]
    with pytest.warns(FutureWarning, match="value_range"):
        wide = type("Wide", (Family,), {"span": 2.0})
    assert wide.value_range == 2.0


def test_the_former_place_of_snapshots() -> None:
    sys.modules.pop("benchmarks.snapshot", None)
    with pytest.warns(FutureWarning, match=r"benchmarks\.snapshots\.snapshot"):
        from benchmarks.snapshot import Snapshot
    assert Snapshot.__module__ == "benchmarks.snapshots.snapshot"
