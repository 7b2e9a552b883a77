"""Panels have the contract's names, shapes and ends; what a kill or an earlier program left out is drawn later."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from benchmarks.evaluation import edits, panels
from benchmarks.evaluation.evaluation import able, evaluate_references, evaluate_run
from benchmarks.evaluation.panels import PANELS, write_panels
from benchmarks.evaluation.references import Real, snapshot
from benchmarks.metrics._numerics import soften
from benchmarks.planning.registry import METHODS
from benchmarks.snapshots.snapshot import Data, Snapshot, Unavailable, generator
from benchmarks.storage import files
from benchmarks.storage.run_folder import RunFolder
from datasets.base import Split
from methods import noise
from methods.priors import Prior
from tests.benchmarks import tiny
from tests.benchmarks.fakes import Linear, data

ASKED = ("search", "attributes")


def drawn(s: Snapshot, folder: Path, step: int = 1, metrics: tuple[str, ...] = ASKED) -> dict[str, Path]:
    """Every panel that is due, by name."""
    due = [panel for panel in PANELS if panel.due(s.data, s.model.can, s.model.latent, metrics)]
    return {p.name: path for p, path in zip(due, write_panels(s, folder, step, due), strict=True)}


def points(n: int = 60) -> Data:
    """Two blobs in the plane."""
    part = np.arange(6 * n) % 2
    x = np.random.default_rng(0).normal(part[:, None] * 5.0, 1, (6 * n, 2)).astype(np.float32)
    split = Split(x, np.eye(2, dtype=np.uint8)[part], ("part_0", "part_1"), "classes")
    return Data(split, split, name="blobs", kind="points", n=n)


def test_panels_of_an_auto_encoder(tmp_path: Path) -> None:
    d = data(50)
    paths = drawn(Snapshot(d, Linear((3, 16, 16))), tmp_path, 500)
    assert list(paths) == [
        "samples",
        "reconstructions",
        "interpolations",
        "superresolution",
        "search",
        "attributes",
    ]
    assert all(path.name == f"{name}-500.npz" for name, path in paths.items())
    samples, pairs, lines = (
        np.load(paths[name]) for name in ("samples", "reconstructions", "interpolations")
    )
    assert samples["x"].shape == (64, 16, 16, 3) and samples["x"].dtype == np.uint8
    assert pairs["x"].shape == pairs["x_rec"].shape == (16, 16, 16, 3)
    assert lines["x"].shape == (5, 11, 16, 16, 3)
    assert (lines["x"][:, 0] == d.images("test", 5).permute(0, 2, 3, 1).numpy()).all()
    assert (lines["x"][-1, -1] == lines["x"][-1, 0][:, ::-1]).all()
    assert sum(path.stat().st_size for path in paths.values()) < 200_000  # of noise, which does not compress


def test_the_same_z_for_every_seed_and_no_more_than_the_model_can(tmp_path: Path) -> None:
    d, gan = data(50), Linear((3, 16, 16), can=("generate",))
    files = [drawn(Snapshot(d, gan, seed), tmp_path / str(seed)) for seed in (0, 1)]
    assert [list(f) for f in files] == [["samples"]] * 2
    assert (np.load(files[0]["samples"])["x"] == np.load(files[1]["samples"])["x"]).all()


def test_what_looks_at_the_whole_gallery_is_drawn_where_a_metric_does() -> None:
    d, can = data(50), ("generate", "encode")

    def due(*metrics: str) -> set[str]:
        return {panel.name for panel in PANELS if panel.due(d, can, 8, metrics)}

    assert due("search") - due() == {"search"} and due("attributes") - due() == {"attributes"}


def test_points_need_no_image(tmp_path: Path) -> None:
    paths = drawn(Snapshot(points(), Linear((2,), latent=3)), tmp_path)
    assert set(paths) == {"samples", "reconstructions"}
    assert np.load(paths["samples"])["x"].shape == (500, 2)


def test_points_of_more_coordinates_are_seen_along_two_axes(tmp_path: Path) -> None:
    """scikit-learn's principal axes, up to their signs; the plane of codes is left out."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 6)) * [5, 3, 0.1, 0.1, 0.1, 0.1] + 7
    train, test = (Split(x=rows.astype(np.float32)) for rows in (x[:200], x[200:]))
    d = Data(train, test, name="wide", kind="points", n=100)
    model = Linear((6,), latent=2)
    s = Snapshot(d, model)
    found = np.load(drawn(s, tmp_path)["samples"])
    real = d.images("train", 200).double().numpy()
    pca = PCA(2).fit(real)
    expected = pca.transform(s.generate(model.latents(500, generator("panel"))).double().numpy())
    np.testing.assert_allclose(abs(found["x"]), abs(expected), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(found["variance"], pca.explained_variance_ratio_, rtol=1e-6)
    assert not list(tmp_path.glob("latent-*"))


def test_real_panels_are_real(tmp_path: Path) -> None:
    d = data(50)
    paths = drawn(Snapshot(d, Real(d)), tmp_path, 0)
    samples, pairs = np.load(paths["samples"]), np.load(paths["reconstructions"])
    assert (pairs["x"] == pairs["x_rec"]).all()
    assert (samples["x"] == d.images("train", 64).permute(0, 2, 3, 1).numpy()).all()


def test_super_resolution_restores_what_its_metric_blurs(tmp_path: Path) -> None:
    d = data(50)
    s = Snapshot(d, Linear((3, 16, 16)))
    triple = np.load(drawn(s, tmp_path)["superresolution"])
    x = torch.cat([s.generate(s.z[:8]), s.x[:8]])
    assert (triple["x"] == panels.hwc(x)).all() and (triple["blurred"] == panels.hwc(soften(x, 1.0))).all()
    assert (triple["x_rec"] == panels.hwc(s.generate(s.encode(soften(x, 1.0))))).all()


def test_search_finds_the_original_of_a_distorted_query_in_pixels_or_by_hash(tmp_path: Path) -> None:
    d = data(50)
    for name in ("real", "dhash"):
        found = np.load(drawn(snapshot(name, d), tmp_path / name)["search"])
        assert found["x"].shape == (8, 16, 16, 3) and found["found"].shape == (8, 5, 16, 16, 3)
        assert (found["original"][:4] == found["x"][:4]).all()
        assert (
            found["original"][4:] == d.images("train", 2).repeat(2, 1, 1, 1).permute(0, 2, 3, 1).numpy()
        ).all()
        if name == "real":
            assert (found["found"][4:, 0] == found["original"][4:]).all()


def test_attribute_vectors_move_codes_by_the_attribute_s_coefficients(tmp_path: Path) -> None:
    d = data(50)
    s = Snapshot(d, Real(d))
    made = np.load(drawn(s, tmp_path)["attributes"])
    names = made["name"].tolist()
    assert "red" in names and set(names) <= {"right", "low", "large", "red"} and len(names) == 3
    assert made["strength"].tolist() == list(edits.STRENGTHS)
    assert made["edited"].shape == (3, 2, 5, 16, 16, 3)
    assert (made["edited"][:, :, 2] == made["x"]).all()  # nothing added
    red = made["edited"][names.index("red")].astype(float)[..., 0].mean((-1, -2))
    assert (np.diff(red, axis=1) > 0).all()


class Mixed(Linear):
    """Two categories, then continuous units."""

    prior = Prior.parse("categorical:2+normal", 8)

    def categories(self, z: torch.Tensor) -> torch.Tensor:
        return self.prior.categories(z)

    def latents(self, n: int, rng: torch.Generator) -> torch.Tensor:
        with noise.using(rng):
            return self.prior.sample(n)


def test_a_category_is_changed_and_the_rest_of_the_latents_kept(tmp_path: Path) -> None:
    """The column of a sample's own category is the sample; test images follow where there is an encoder."""
    d, can = data(50), ("generate", "encode", "categories")
    s = Snapshot(d, Mixed((3, 16, 16), can=can))
    made = np.load(drawn(s, tmp_path)["categories"])
    assert made["x"].shape == (8, 16, 16, 3) and made["edited"].shape == (8, 2, 16, 16, 3)
    own = s.model.latents(4, generator("panel"))[:, :2].argmax(1).tolist()
    assert set(own) == {0, 1}
    assert (made["edited"][range(4), own] == made["x"][:4]).all()
    assert (made["edited"][:, 0] != made["edited"][:, 1]).any((1, 2, 3)).all()
    codes = s.encode(s.x[:4])
    codes[:, :2] = torch.tensor([0.0, 1.0])
    assert (made["edited"][4:, 1] == panels.hwc(s.generate(codes))).all()
    alone = np.load(
        drawn(Snapshot(points(), Mixed((2,), can=("generate", "categories"))), tmp_path / "p")["categories"]
    )
    assert alone["x"].shape == (500, 2) and alone["edited"].shape == (500, 2, 2)
    assert "categories" not in drawn(Snapshot(d, Linear((3, 16, 16))), tmp_path / "none")


@pytest.mark.parametrize(
    ("method", "prior", "edits"),
    [
        ("infogan", "categorical:2+normal", True),
        ("infogan", "normal", False),
        ("alae", "categorical:2+normal", False),
    ],
)
def test_who_has_categories_to_change(method: str, prior: str, edits: bool) -> None:
    """Those with a categorical part in the prior, unless a network learns the latent space (ALAE)."""
    config = SimpleNamespace(prior=prior, latent=4)
    assert ("categories" in able(METHODS.get(method).cls, config)) == edits  # type: ignore[arg-type]


def test_the_latent_plane_s_mesh_lies_where_the_codes_are(tmp_path: Path) -> None:
    d = points()
    made = np.load(drawn(Snapshot(d, Real(d)), tmp_path)["latent"])
    assert (made["z"] == made["x"]).all() and (made["mesh_z"] == made["mesh_x"]).all()
    assert made["mesh_z"].shape == (31, 31, 2) and made["mesh_z"][0, -1, 0] == made["z"][:, 0].max()
    assert made["inside"][15, 15] and not made["inside"][0, -1] and set(made["part"]) == {0, 1}
    line = Linear((2,), latent=2)
    line.w[1] = 0  # all codes on a line
    assert not np.load(drawn(Snapshot(d, line), tmp_path / "line")["latent"])["inside"].any()


def test_a_kill_between_two_files_leaves_nothing_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tiny.plan(tmp_path, methods=["aegan"], steps=4, evaluate=[4])
    (node,), (reference,) = made.runs, [node for node in made.nodes if node.kind == "references"]
    tiny.go(made)
    folder = RunFolder(node.context.out, node.key)
    whole = {path: path.read_bytes() for path in tmp_path.rglob("panels/*.npz")}
    assert {path.name for path in whole if folder.panels in path.parents} == {
        f"{name}-4.npz"
        for name in ("samples", "reconstructions", "interpolations", "superresolution", "search")
    }
    assert "search-dhash-0.npz" in {path.name for path in whole}
    write, writes = files.write_atomic, iter(range(9))

    def killed(path: Path, content: bytes | str) -> None:
        if next(writes) % 2:
            raise KeyboardInterrupt
        write(path, content)

    for path in whole:
        path.unlink()
    monkeypatch.setattr(panels, "write_atomic", killed)
    for act in (lambda: evaluate_run(node.context, node.config, 4, folder, lambda *_: None),
                lambda: evaluate_references(reference)):  # fmt: skip
        with pytest.raises(KeyboardInterrupt):
            act()
        monkeypatch.setattr(panels, "write_atomic", write)
        act()
        monkeypatch.setattr(panels, "write_atomic", killed)
    assert {path: path.read_bytes() for path in tmp_path.rglob("panels/*.npz")} == whole
    stamps = {path: path.stat().st_mtime_ns for path in whole}
    evaluate_run(node.context, node.config, 4, folder, lambda *_: None)  # draws nothing, so is not killed
    assert stamps == {path: path.stat().st_mtime_ns for path in whole}


def test_a_panel_that_a_model_cannot_give_is_left_out(tmp_path: Path) -> None:
    """Samples from elsewhere may be fewer than a picture of points shows."""

    def none(s: Snapshot) -> dict[str, np.ndarray]:
        raise Unavailable("it needs 500 samples, and 160 are given")

    (first, *_) = PANELS
    assert write_panels(None, tmp_path, 8, [replace(first, draw=none)]) == [] and not list(tmp_path.iterdir())  # type: ignore[arg-type]
