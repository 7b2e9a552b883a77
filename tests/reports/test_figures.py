"""Figures: one look per method, the chosen panels are the stated ones, dark pages keep the drawing."""

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from benchmarks.planning import registry
from reports.figures import figures, grids, svg
from reports.figures.base import blank, canvas, label_lowest, montage
from reports.figures.charts import dots
from reports.figures.grids import chosen, early_samples, samples, shown_seed, title
from reports.figures.latent import category_points, latent
from reports.figures.sheets import drawn
from reports.figures.uses import attributes, categories, search, translations
from reports.frames import Label
from reports.page import page
from reports.store import Store
from reports.style import METHODS, look, method_order, question
from tests.reports.pictures import plane
from tests.reports.synthetic import store


@pytest.fixture(scope="module")
def pictured(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return store(tmp_path_factory.mktemp("figures"), seeds=(3, 4, 5))


def test_a_method_looks_the_same_alone_and_in_company():
    assert look("aegan") == look("aegan") and look(Label("aegan", "k=1")).colour == look("aegan").colour
    assert look(Label("aegan", "k=1")).hollow and look("someone-elses").colour == look("someone-elses").colour
    assert len({c for _, c, _ in METHODS}) == len(METHODS)


def test_no_two_methods_of_the_suite_look_the_same():
    """A legend with colour and marker alone tells them apart."""
    looks = Counter((look(m.name).colour, look(m.name).marker) for m in registry.METHODS)
    assert looks.most_common(1)[0][1] == 1 and len(looks) > 40


@pytest.mark.parametrize("n", [1, 3, 4, 5])
def test_each_column_of_small_multiples_has_steps_below_it(n: int) -> None:
    """Also where the last row is shorter, and axes are shared."""
    _, axes = canvas(2, 3, 5, 3, sharex=True)
    blank(axes.flat[n:])
    label_lowest(axes, n, "step")
    for column in range(min(n, 3)):
        shown = [ax for ax in axes[:, column] if ax.get_visible()]
        assert [ax.get_xlabel() for ax in shown] == [""] * (len(shown) - 1) + ["step"]
        assert shown[-1].xaxis.get_tick_params()["labelbottom"]


def test_gan_and_aegan_differ_in_grey():
    def lightness(name: str) -> float:
        return float(np.dot([0.2126, 0.7152, 0.0722], np.array(to_rgb(look(name).colour)) ** 2.2))

    assert abs(lightness("gan") - lightness("aegan")) > 0.2


def test_the_order_is_fixed():
    names = ["zebra", "aegan", Label("gan", "k=1"), "ae", "gan"]
    assert sorted(names, key=method_order) == ["gan", "gan · k=1", "ae", "aegan", "zebra"]


def test_metrics_find_their_question():
    assert question("fid.fid").id == "generates" and question("search.top1").id == "searches"
    assert question("unheard.of").id == "other" and question("unheard.of", "searches").id == "searches"
    assert question("fid.fid", "a question of a later version").id == "other"


def test_every_figure_is_drawn_and_named_once(pictured: Store):
    names = [name for name, _ in figures(pictured)]
    assert len(names) == len(set(names))
    assert {
        "samples",
        "early-samples",
        "reconstructions",
        "interpolations",
        "search",
        "superresolution",
        "attributes",
        "categories",
        "translations",
        "losses",
        "dots-collapse",
    } <= set(names)


@pytest.mark.parametrize("across", [2.3, 3.2, 4.6, 8.6])
def test_a_title_is_not_cut_off_by_the_edge(across: float):
    """Whatever a figure's width; a single method makes the narrowest."""
    figure, _ = canvas(1, 1, across, 3.0)
    title(figure, "Search: a query, then its five nearest training images; framed: the undistorted original")
    figure.draw_without_rendering()
    box = figure._suptitle.get_window_extent()
    assert box.x1 <= figure.bbox.x1 + 1 and box.y1 <= figure.bbox.y1 + 1


def test_the_seed_shown_is_the_lowest_common_one(pictured: Store):
    view = pictured.views[0]
    assert shown_seed(view, "samples", dict.fromkeys(view.labels, 1500)) == 3
    found = chosen(view, "samples")
    assert found is not None and found[0] == "step 1,500" and list(found[2]) == ["gan", "aegan"]


def test_a_method_without_the_seed_shown_is_there_with_its_own(tmp_path: Path):
    """As where a time limit ended some runs: the lowest seed that it has, which its title names."""
    made = store(tmp_path, seeds=(3, 4, 5))
    view = made.views[0]
    for label, lost in zip(view.labels, ((4, 5), (3,)), strict=True):
        for seed in lost:
            shutil.rmtree(made.root / "runs" / view.runs(label)[seed] / "panels")
    view = Store.open(made.root).views[0]
    first, second = (view.store.title(label, samples=True) for label in view.labels)
    figure = samples(view)
    assert figure is not None and "seed 3" in figure.get_suptitle()
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert titles[1:3] == [first, f"{second} (seed 4)"]


def test_of_many_methods_the_upper_half_of_each_sheet_is_shown(
    monkeypatch: pytest.MonkeyPatch, pictured: Store
):
    whole = samples(pictured.views[0])
    monkeypatch.setattr(grids, "MANY", 2)
    halves = samples(pictured.views[0])
    assert whole is not None and halves is not None
    full, half = ([ax.images[0].get_array().shape for ax in f.axes if ax.images] for f in (whole, halves))
    assert len(half) == len(full) == 3
    assert [(-(-a[0] // 2), a[1]) for a in full] == [b[:2] for b in half]


def test_early_samples_are_those_of_step_200(pictured: Store):
    figure = early_samples(pictured.views[0])
    assert figure is not None and "step 200" in figure.get_suptitle()


def test_montage_places_images_row_by_row():
    x = np.arange(4, dtype=np.uint8)[:, None, None, None].repeat(2, 1).repeat(2, 2)
    sheet = montage(x, 2)
    assert sheet.shape == (5, 5, 3) and sheet[0, 0, 0] == 0 and sheet[0, 3, 0] == 1 and sheet[3, 0, 0] == 2
    assert sheet[2, 2, 0] == 255


def test_an_original_that_was_found_is_framed():
    x = np.full((2, 4, 4, 3), 200, np.uint8)
    found = np.stack([np.stack([image // 2, image]) for image in x])
    made = drawn("search", {"x": x // 4, "found": found, "original": x})
    assert made is not None and made.shape == (
        13,
        22,
        3,
    )  # 6 a framed image, 1 between two, 3 before what was found
    assert (made[0, 9:15] == 255).all() and (made[0, 16:] == 0).all() and (made[1:5, 17:21] == 200).all()


def test_translations_show_a_domain_above_the_other(pictured: Store):
    """Eight columns; image, translation, truth and back of the first half, then of the second; without truth a row less."""
    x = np.arange(16, dtype=np.uint8)[:, None, None, None].repeat(2, 1).repeat(2, 2).repeat(3, 3)
    arrays = {"x": x, "made": x + 50, "truth": x + 100, "back": x + 150}
    made = drawn("translations", arrays)
    assert made is not None and made.shape == (8 * 3 - 1, 8 * 3 - 1, 3)
    assert made[::3, 0, 0].tolist() == [0, 50, 100, 150, 8, 58, 108, 158] and made[0, 3, 0] == 1
    del arrays["truth"]
    less = drawn("translations", arrays)
    assert less is not None and less[::3, 0, 0].tolist() == [0, 50, 150, 8, 58, 158]
    figure = translations(pictured.views[0])
    assert figure is not None
    named = [t.get_text() for t in figure.axes[0].get_yticklabels()]
    assert named == ["image", "translation", "truth", "and back"] * 2
    assert question("translation.kept").id == "translates"


def test_what_is_no_panel_of_images_is_not_drawn():
    x = np.zeros((2, 4, 4, 3), np.uint8)
    for arrays in (
        {},
        {"x": x},
        {"x": x.astype(float), "x_rec": x},
        {"x": x, "x_rec": x[:, :2]},
        {"x": x[:0], "x_rec": x},
    ):
        assert drawn("reconstructions", arrays) is None


def test_rows_and_columns_of_attributes_and_queries_are_named(pictured: Store):
    named, queries = attributes(pictured.views[0]), search(pictured.views[0])
    assert named is not None and queries is not None
    for figure, titles in ((named, ["Pixel space", "AEGAN"]), (queries, ["Pixels", "AEGAN"])):
        assert [ax.get_title("left") for ax in figure.axes if ax.get_visible()] == titles
    assert [t.get_text() for t in named.axes[0].get_yticklabels()] == [
        "Hat",
        "Smiling",
        "Blond Hair",
        "Dark Skin",
    ]
    assert [t.get_text() for t in named.axes[0].get_xticklabels()] == ["-2", "-1", "0", "+1", "+2"]


def test_categories_of_images_have_a_column_and_of_points_a_colour(pictured: Store, tmp_path):
    figure = categories(pictured.views[0])
    assert figure is not None and figure.axes[0].get_title("left") == "AEGAN"
    assert [t.get_text() for t in figure.axes[0].get_xticklabels()] == ["0", "1", "2"]
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["samples", "test images"]
    assert category_points(pictured.views[0]) is None
    s = store(tmp_path, ("infogan",), seeds=(0,), panels=False)
    folder = tmp_path / "runs" / s.rows.loc[s.rows["kind"] == "method", "run"].iloc[0] / "panels"
    folder.mkdir(parents=True)
    x = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
    np.savez(folder / "categories-1500.npz", x=x, edited=np.stack([x, x + 5], 1))
    points = category_points(s.views[0])
    assert points is not None and points.axes[0].get_title("left") == "infogan, 2 categories"
    colours = points.axes[0].collections[0].get_facecolors()  # type: ignore[attr-defined]
    assert len(colours) == 40 and (colours[0] != colours[1]).any() and (colours[0] == colours[2]).all()


def test_the_latent_plane_has_a_row_for_the_data_and_each_method(tmp_path):
    s = store(tmp_path, ("ae", "aegan"), seeds=(0,), panels=False)
    for run in [*s.rows.loc[s.rows["kind"] == "method", "run"].unique(), "real"]:
        folder = tmp_path / ("references" if run == "real" else "runs") / run / "panels"
        folder.mkdir(parents=True)
        np.savez(folder / "latent-1500.npz", **plane(np.random.default_rng(0)))
    figure = latent(s.views[0])
    assert figure is not None and len(figure.axes) == 12 and "toonfaces" in figure.get_suptitle()
    assert [figure.axes[i].get_ylabel() for i in (0, 4, 8)] == ["Data", "AE", "AEGAN"]
    drawn_mesh = figure.axes[7].get_lines()
    assert (
        len(drawn_mesh) == 18 and np.isnan(np.asarray(drawn_mesh[0].get_ydata(), float)).any()
    )  # outside the hull
    assert "The latent plane" not in page(s, {}, {}) and "Fig. 2" in page(s, {}, {"latent": figure})


def test_svg_has_no_ground_and_keeps_its_text(pictured: Store):
    figure = dots(pictured.views[0])
    assert figure is not None
    text = svg(figure)
    assert "Vendi ratio" in text and "<text" in text and "fill: #ffffff" not in text.split("axes_1")[0]


def test_points_are_drawn_as_points(tmp_path):
    s = store(tmp_path, seeds=(0,), change=lambda t: t[t["metric"] == "fid.fid"])
    for path in tmp_path.rglob("samples-*.npz"):
        np.savez(path, x=np.random.default_rng(0).normal(size=(64, 2)).astype(np.float32))
    names = [name for name, _ in figures(s)]
    assert "points" in names and "samples" not in names
    text = page(s, {}, {})
    assert "What do the samples look like?" not in text
