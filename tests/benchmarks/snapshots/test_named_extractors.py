"""--extractor: names and paths read before anything is trained, networks from local files alone, values of each of several."""

import shutil
from pathlib import Path

import pytest
import torch
from torch import nn
from torch_fidelity.feature_extractor_clip import CLIPVisual

from benchmarks.commands import recorded
from benchmarks.evaluation.rows import metric_rows
from benchmarks.planning.plan import Context, make
from benchmarks.snapshots import extractors, foreign_networks, inception, named_extractors
from tests.benchmarks import tiny
from tests.benchmarks.snapshots.test_extractors import dataset

OWN = "import torch\ndef features(x):\n    assert x.shape[1] == 3\n    return x.float().mean((2, 3))\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "name domain, random"),
        ("fid", "unknown extractor 'fid'"),
        ("domain,domain", "named twice"),
        ("random:/here", "random takes no weights"),
        ("inception", "weights-inception-2015-12-05-6726825d.pth"),
        ("clip", "ViT-L-14-336px.pt"),
        ("clip:/nowhere/ViT-B-32.pt", "/nowhere"),
        ("dinov2", "dinov2_vits14_pretrain.pth"),
        ("absent.py", "does not exist"),
        ("domain.py", "domain is the name of another extractor: rename the file"),
    ],
)
def test_bad_names_are_one_line_that_says_the_way_out(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    with pytest.raises(ValueError, match="--extractor") as error:
        named_extractors.names(text, tmp_path)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_the_classifier_the_random_network_and_a_file(tmp_path: Path) -> None:
    (tmp_path / "mean.py").write_text(OWN)
    made = dataset()
    data = [
        named_extractors.load(name, made, tmp_path)
        for name in ("domain", "random", str(tmp_path / "mean.py"))
    ]
    x = torch.randint(0, 256, (5, *made.shape), dtype=torch.uint8)
    domain, random, own = (each.features(x) for each in data if isinstance(each, extractors.Extractor))
    assert [each.name for each in data] == ["domain", "random", "mean"]
    assert torch.equal(domain, inception.prepare(made, tmp_path).features(x))  # type: ignore[union-attr]
    assert torch.equal(random, foreign_networks.features("random", x))
    expected = x.expand(-1, 3, -1, -1) if made.shape[0] == 1 else x
    assert torch.allclose(own, expected.float().mean((2, 3)))
    assert data[2].version and not data[0].version  # type: ignore[union-attr]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:.*torch.jit.*")
def test_clip_is_read_from_a_local_file(tmp_path: Path) -> None:
    class Both(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.visual = CLIPVisual(8, 32, 1, 64, 16).visual
            self.text_projection = nn.Parameter(torch.zeros(4, 8))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x + self.text_projection.sum()

    torch.manual_seed(0)
    (tmp_path / "weights").mkdir()
    net = Both().eval().half().float()
    torch.jit.trace(net, torch.zeros(1, 3, 32, 32)).save(str(tmp_path / "weights/ViT-B-32.pt"))
    assert named_extractors.names("clip", tmp_path) == ("clip",)
    made = named_extractors.load("clip", dataset(), tmp_path)
    assert isinstance(made, extractors.Extractor) and made.name == "clip-vit-b-32" and len(made.version) == 16
    found = made.features(torch.randint(0, 256, (3, 1, 16, 16), dtype=torch.uint8))
    assert found.shape == (3, 8) and bool(torch.isfinite(found).all())
    (tmp_path / "ViT-B-16.pt").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="does not hold OpenAI's clip-vit-b-16"):
        named_extractors.load(f"clip:{tmp_path / 'ViT-B-16.pt'}", dataset(), tmp_path)


@pytest.mark.filterwarnings("ignore")
def test_dinov2_is_read_from_the_hubs_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = tmp_path / "hub"
    (hub / named_extractors.REPOSITORY).mkdir(parents=True)
    (hub / "checkpoints").mkdir()
    (hub / named_extractors.REPOSITORY / "hubconf.py").write_text(
        "import torch\n"
        "class Net(torch.nn.Module):\n"
        "    def forward(self, x):\n"
        "        return x.mean((2, 3))\n"
        "def dinov2_vits14(**options):\n"
        "    return Net()\n"
    )
    (hub / "checkpoints/dinov2_vits14_pretrain.pth").write_bytes(b"weights")
    monkeypatch.setattr(
        "torch.hub.urlopen", lambda *_: (_ for _ in ()).throw(torch.hub.URLError("no network"))
    )
    before = torch.hub.get_dir()
    made = named_extractors.load(f"dinov2:{hub}", dataset(), tmp_path)
    assert isinstance(made, extractors.Extractor) and made.name == "dinov2-vit-s-14"
    assert made.features(torch.zeros(2, 3, 16, 16, dtype=torch.uint8)).shape == (2, 3)
    assert torch.hub.get_dir() == before


def test_every_extractor_gives_values_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "mean.py").write_text(OWN)
    values = tiny.values(tmp_path, methods=["gan"], metrics=["fid", "collapse"])
    chosen = named_extractors.names(f"domain,random,{tmp_path / 'mean.py'}", tiny.default_cache())
    usual = Context(tmp_path / "usual", tiny.default_cache(), None, None, "cpu")
    several = Context(tmp_path / "several", tiny.default_cache(), None, None, "cpu", extractors=chosen)
    found = {}
    for context in (usual, several):
        plan = make(values, context, "cpu")
        assert all(outcome.status == "ok" for outcome in tiny.go(plan).values())
        run = next(node for node in plan.runs if node.asked)
        rows = metric_rows(context.out / "runs" / run.key, run.config, run.context, 8, {})
        found[context.out.name] = {(row["metric"], row["extractor"]): row["value"] for row in rows}
    fids = {extractor for metric, extractor in found["several"] if metric == "fid.fid"}
    assert fids == {"domain", "random", "mean"}
    shared = found["usual"].keys() & found["several"].keys()
    assert ("fid.fid", "domain") in shared and all(found["usual"][k] == found["several"][k] for k in shared)
    shutil.rmtree(tmp_path / "usual")


def test_the_recorded_command_names_no_place() -> None:
    told = recorded.command(["--extractor", "domain,clip:/secret/ViT-B-32.pt", "--seeds", "3"])
    assert "secret" not in told and "--extractor domain,clip --seeds 3" in told
