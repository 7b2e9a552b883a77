"""Extractors: trained once and deterministically, stored without pickles, refused with a clear line."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from benchmarks.snapshots import convnet, extractors, inception
from benchmarks.storage.cached import build_once
from tests.benchmarks.fakes import split


def dataset(labels: bool = True, **changes: Any) -> Any:
    splits = {"train": split(400, seed=1), "test": split(200, seed=2)}
    if not labels:
        splits = {k: type(v)(x=v.x) for k, v in splits.items()}
    known = {"kind": "images", "shape": (3, 16, 16), "key": "discs-1", "split": splits.__getitem__}
    return SimpleNamespace(**known | changes)


def test_domain_is_trained_once_stored_and_loaded_the_same(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(convnet, "LEAST", 100)
    steps: list[tuple[int, int]] = []
    first = inception.prepare(dataset(), tmp_path, progress=lambda done, total: steps.append((done, total)))
    again = inception.prepare(dataset(), tmp_path, progress=lambda done, total: pytest.fail("trained twice"))
    assert isinstance(first, extractors.Extractor) and isinstance(again, extractors.Extractor)
    assert steps[-1][0] == steps[-1][1]
    assert first.info["accuracy"] > first.info["chance"] + 0.2
    assert "test accuracy" in first.detail
    x = torch.from_numpy(split(300, seed=3).x).permute(0, 3, 1, 2)
    assert torch.equal(first.features(x), again.features(x)) and first.features(x).shape == (300, 64)
    assert first.predict(x).shape == (300, 4)
    torch.testing.assert_close(first.features(x[:10]), first.features(x)[:10], rtol=0, atol=1e-5)
    assert sorted(p.name for p in next((tmp_path / "extractors").glob("domain*[!k]")).iterdir()) == [
        "info.json",
        "weights.safetensors",
    ]


def test_training_is_deterministic_and_leaves_the_global_state(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(convnet, "LEAST", 30)
    before = torch.get_rng_state()
    torch.set_num_threads(2)
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        extractors.save_classifier(folder, split(100, seed=1), split(50, seed=2))
    assert torch.get_num_threads() == 2 and torch.equal(before, torch.get_rng_state())
    torch.set_num_threads(1)
    a, b = (load_file(tmp_path / name / "weights.safetensors") for name in "ab")
    assert all(torch.equal(a[k], b[k]) for k in a)


def test_scaled_features_vary_by_one(monkeypatch: Any) -> None:
    monkeypatch.setattr(convnet, "LEAST", 30)
    train = split(400, seed=1)
    net = extractors.train_classifier(train)
    x = torch.from_numpy(train.x).permute(0, 3, 1, 2)
    assert net(x)[0].var(0).mean().item() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(
    ("changes", "reason"), [({"labels": False}, "no labels"), ({"kind": "points"}, "not images")]
)
def test_missing_says_why(tmp_path: Path, changes: dict, reason: str) -> None:
    found = inception.prepare(dataset(**changes), tmp_path)
    assert isinstance(found, extractors.Missing) and reason in found.reason and not found


def test_bad_inception_weights_are_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="--inception-weights"):
        inception.prepare(dataset(), tmp_path, tmp_path / "absent.pth")
    torch.save({"fc.weight": torch.zeros(2)}, tmp_path / "other.pth")
    with pytest.raises(ValueError, match="does not hold"):
        inception.prepare(dataset(), tmp_path, tmp_path / "other.pth")


def test_inception_never_unpickles(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple:
            return (open, (str(tmp_path / "pwned"), "w"))

    torch.save({"fc.weight": Evil()}, tmp_path / "evil.pth")
    with pytest.raises(ValueError, match="does not hold"):
        inception.prepare(dataset(), tmp_path, tmp_path / "evil.pth")
    assert not (tmp_path / "pwned").exists()


def test_once_builds_once_and_forgets_a_killed_attempt(tmp_path: Path) -> None:
    (tmp_path / "made.tmp").mkdir()
    (tmp_path / "made.tmp" / "half").write_text("")
    for _ in range(2):
        folder = build_once(tmp_path / "made", lambda temporary: (temporary / "whole").touch(exist_ok=False))
        assert [p.name for p in folder.iterdir()] == ["whole"]
