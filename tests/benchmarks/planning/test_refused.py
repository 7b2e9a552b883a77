"""Whatever cannot be run is refused before anything is trained: one line that names value and way out, exit code 2."""

from importlib import import_module
from pathlib import Path

import pytest

from benchmarks import ablate
from benchmarks.run import main
from tests.benchmarks import tiny

DOORS = (
    "run",
    "ablate",
    "tune",
    "evaluate",
    "sample",
    "verify",
    "prune",
    "costs",
    "doctor",
    "calibrate",
    "refresh",
    "reports",
)

CASES: dict[str, tuple[list[str], str]] = {
    "an option that nobody takes": (
        ["--methods", "vae", "--set", "options.smooth=0.1"],
        "--set options.smooth=0.1: none of vae: unknown option 'smooth'",
    ),
    "unknown method": (["--methods", "agean"], "did you mean 'aegan'"),
    "empty methods": (["--methods", ","], "--methods ','"),
    "method twice": (["--methods", "gan,gan"], "named twice"),
    "unknown data set": (["--dataset", "toonface"], "did you mean 'toonfaces'"),
    "unknown metric": (["--metrics", "serch"], "did you mean 'search'"),
    "empty metrics": (["--metrics", ","], "--metrics ','"),
    "unknown family": (["--family", "aegn"], "did you mean 'aegan'"),
    "unknown preset": (["--preset", "quik"], "did you mean 'quick'"),
    "preset file not there": (["--preset", "nowhere.toml"], "does not exist"),
    "zero seeds": (["--seeds", "0"], "--seeds 0"),
    "no seeds": (["--seeds", ""], "--seeds"),
    "negative seeds": (["--seeds=-2"], "--seeds -2"),
    "a negative seed": (["--seeds", "1,-2"], "--seeds 1,-2"),
    "half a seed": (["--seeds", "1.5"], "--seeds 1.5"),
    "seed twice": (["--seeds", "1,1"], "named twice"),
    "zero steps": (["--steps", "0"], "--steps 0"),
    "negative steps": (["--steps=-4"], "--steps -4"),
    "half a cycle": (["--steps", "7"], "take 8"),
    "half a cycle evaluated": (["--set", "evaluate=[3,8]"], "evaluate = 3"),
    "last step not evaluated": (["--set", "evaluate=[4]"], "end at steps = 8"),
    "falling evaluation": (["--set", "evaluate=[8,4]"], "must rise"),
    "nothing evaluated": (["--set", "evaluate=[]"], "evaluate"),
    "set without value": (["--set", "steps"], "KEY=VALUE"),
    "set nothing": (["--set", "=4"], "key"),
    "unknown key": (["--set", "stepz=4"], "did you mean 'steps'"),
    "a table set": (["--set", "data=3"], "is a table"),
    "below a value": (["--set", "steps.x=3"], "not a table"),
    "zero steps set": (["--set", "steps=0"], "steps = 0"),
    "text for steps": (["--set", "steps=many"], "'many'"),
    "zero batch": (["--set", "batch=0"], "batch = 0"),
    "zero latent": (["--set", "latent=0"], "latent = 0"),
    "few samples": (["--set", "samples=1"], "samples = 1"),
    
    "zero rate": (["--set", "optim.lr=0"], "optim.lr = 0"),
    "rate not a number": (["--set", "optim.lr=nan"], "optim.lr = nan"),
    "infinite rate": (["--set", "optim.critic_lr=inf"], "optim.critic_lr = inf"),
    "beta of one": (["--set", "optim.beta1=1"], "optim.beta1 = 1"),
    "a factor on no step": (["--set", "optim.decay_by=0.5"], "decay_by = 0.5 does nothing without decay_at"),
    "a factor on no step, of one method": (["--set", "method.gan.optim.decay_by=0.5"], "method gan: optim: decay_by"),
    "a fall that begins at the end": (["--set", "optim.decay_to=0.1"], "decay_to = 0.1 does nothing without decay_from"),
    "a fall to where it is": (["--set", "optim.decay_from=0.5"], "decay_from = 0.5 does nothing without decay_to"),
    "infinite width": (["--set", "arch.width=inf"], "arch.width = inf: a finite number is expected"),
    "infinite smoothing": (["--set", "options.smooth=inf"], "options.smooth = inf: a finite number is expected"),
    "a list for text": (["--methods", "aegan", "--set", 'options.game=["bce"]'], "options.game = ['bce']"),
    "a list among sources": (["--set", "vary=[[1]]"], "vary"),
    "packs that do not divide the batch": (["--methods", "gan", "--set", "options.pack=3"], "Dx sees 3 samples side by side"),
    "packs of nothing": (["--methods", "gan", "--set", "options.pack=0"], "Dx sees 0 samples side by side"),
    "a critic that never learns": (["--methods", "gan", "--set", "options.critic_steps=0", "--set",
                                    "options.critic_updates=joint"], "no update trains Dx"),
    "images that no critic is told of": (["--methods", "egan", "--set", 'options.critic_sees=["foo"]'], "foo"),
    "an evaluation before the start": (["--set", "method.gan.evaluate=[-4,8]"], "evaluate"),
    "no layers": (["--family", "mlp", "--dataset", "ring8", "--methods", "gan", "--metrics", "modes", "--set", "arch.depth=0"],
                  "depth = 0: at least 1 is expected"),
    "units of no width": (["--family", "mlp", "--dataset", "ring8", "--methods", "gan", "--metrics", "modes", "--set",
                           "arch.width=0"], "width = 0"),
    "a sphere's units one by one": (["--methods", "lr", "--set", "prior=sphere"], "take the prior normal or uniform"),
    "statistics of translations": (["--methods", "cyclegan", "--set", "domain=toonfaces:skin=1", "--set",
                                    "norm_statistics=reestimated"], "not for G: x -> x2"),
    "unknown optimiser": (["--set", "optim.kind=sgd"], "'sgd'"),
    "unknown optimiser key": (["--set", "optim.lrr=1"], "did you mean 'lr'"),
    "unknown architecture key": (["--set", "arch.widht=1"], "did you mean 'width'"),
    "negative width": (["--set", "arch.width=-1"], "arch.width = -1"),
    "text for width": (["--set", "arch.width=wide"], "arch.width = 'wide'"),
    "half a unit": (["--family", "mlp", "--dataset", "ring8", "--set", "arch.width=0.5"], "arch.width = 0.5"),
    "bad images where there are no files": (["--skip-bad-images"], "toonfaces is not read from image files"),
    "unknown option": (["--set", "options.critic_update=joint"], "did you mean 'critic_updates'"),
    "unknown choice": (["--set", "options.critic_updates=both"], "'both'"),
    "negative smoothing": (["--set", "options.smooth=-0.1"], "options.smooth = -0.1"),
    "unknown term": (["--set", "weights.rec_y=1"], "did you mean 'rec_"),
    "weight not a number": (["--set", "weights.rec_x=much"], "'much'"),
    "weight nan": (["--set", "weights.rec_x=nan"], "nan"),
    "half a schedule": (["--set", "weights.rec_x=linear:1"], "linear:FIRST:LAST"),
    "every term off": (["--methods", "gan", "--set", "weights.adv_x_gen=0"], "gan"),
    "unknown method in the preset": (["--set", "method.aegn.optim.lr=1"], "did you mean 'aegan'"),
    "unknown option of a method": (["--set", "method.gan.options.smoth=0"], "did you mean 'smooth'"),
    "unknown optimiser key of a method": (["--set", "method.gan.optim.lrr=1"], "did you mean 'lr'"),
    "small images": (["--set", "data.size=4"], "size=4"),
    "images larger than any": (["--set", "data.size=9999999999"], "size=9999999999 is too large; at most 4,096"),
    "1 for yes": (["--methods", "soft-introvae", "--set", "options.reconstructions=1"],
                  "reconstructions = 1: choose one of False, True"),
    "a size the family cannot draw": (["--set", "data.size=9"], "9"),
    "text for a size": (["--set", "data.size=big"], "size='big'"),
    "unknown data option": (["--set", "data.sise=8"], "'size'"),
    "no training images": (["--set", "data.n_train=0"], "n_train=0"),
    "too few images": (["--set", "data.n_test=10"], "at least 128 and 64 are needed"),
    "unknown prior": (["--set", "prior=gaussian"], "unknown part 'gaussian'"),
    "prior too wide": (["--set", "prior=normal+bernoulli:9"], "prior"),
    "negative seed set": (["--set", "seeds=[-1]"], "seeds"),
    "no workers": (["--workers", "0"], "--workers 0"),
    "no workers on a GPU": (["--per-device", "0"], "--per-device 0"),
    "workers on a GPU that is not there": (["--device", "cpu", "--per-device", "2"], "use --workers"),
    "a CPU by its number": (["--device", "cpu:0"], "known are auto, cpu, cuda and cuda:N"),
    "tf32 on a CPU": (["--precision", "tf32", "--device", "cpu"], "a CPU has none"),
    "a plugin that is not there": (["--plugin", "nope.py"], "--plugin nope.py: "),
    "steps without their evaluation": (["--set", "steps=16"], "--steps 16 sets both"),
    "a question to an unknown value": (["--seeds", "auto", "--question", "fid:aegan:gan"], "write METRIC.VALUE, such as fid.fid"),
    "a row beside nothing": (["--equal-compute", "gan:aegan"], "give --methods gan,aegan as well"),
    "unknown device": (["--device", "gpu"], "--device gpu"),
    "device that is not there": (["--device", "cuda:99"], "--device cuda:99"),
    "device without a number": (["--device", "cuda:x"], "--device cuda:x"),
    "no data root": (["--dataset", "folder"], "--data-root is missing"),
    "data root not there": (["--dataset", "folder", "--data-root", "/nowhere"], "does not exist"),
    "inception weights not there": (["--inception-weights", "/nowhere.pth"], "/nowhere.pth"),
    "unknown ablation": (["--ablate", "agean"], "did you mean 'aegan'"),
    "unknown factor": (["--ablate", "aegan:rec_y"], "did you mean 'rec_"),
    "sweep without values": (["--sweep", "aegan:rec_x"], "METHOD:KEY=V1,V2"),
    "unknown key of a sweep": (["--sweep", "aegan:rec_y=1,2"], "did you mean 'rec_"),
    "unknown ladder": (["--ladder", "gan-to-aegen"], "did you mean 'gan-to-aegan'"),
    "no second domain": (["--methods", "cyclegan"], "needs a second image domain"),
    "unknown domain": (["--set", "domain=toonface:skin=1"], "did you mean 'toonfaces'"),
    "unknown key of a domain": (["--set", "domain=toonfaces:hair_color=red"], "did you mean 'hair_colour'"),
    "unknown level of a factor": (["--set", "domain=toonfaces:hair_colour=golden"], "known: black, brown"),
    "a factor out of its range": (["--set", "domain=toonfaces:skin=2"], "skin=2 is not from 0 to 1"),
    "half a key of a domain": (["--set", "domain=toonfaces:skin"], "NAME:KEY=VALUE"),
    "a domain of another size": (["--set", "domain=toonfaces:size=16"], "shape (3, 16, 16)"),
    "a domain of points": (["--set", "domain=ring8"], "points of shape (2,)"),
    "a domain that is the data set": (["--set", "domain=toonfaces"], "is the data set itself"),
    "unknown fixed factor": (["--set", "data.fixed=hair=red"], "unknown factor 'hair'"),
    "unknown key of a player": (["--set", "optim.players.GE.lrr=1"], "unknown key of optim.players.GE 'lrr': did you mean 'lr'"),
    "unknown key of a method": (["--set", "method.gan.optin.lr=1"], "unknown key of method.gan 'optin': did you mean 'opti"),
    "unknown key of a question": (["--set", "question={mertic='fid.fid'}"], "did you mean 'metric'"),
    "a number for arms": (["--set", "arms=3", "--methods", "gan"], "arms = 3: a list is expected"),
    "a number as an arm": (["--set", "arms=[3]", "--ablate", "aegan"], "arms.0 = 3: a table of keys is expected"),
    "an arm without a method": (["--set", "arms=[{}]", "--ablate", "aegan"], "arms.0.method is missing"),
    "an arm with other data": (["--set", 'arms=[{method="gan",set={"data.size"=16}}]'], "an arm sets 'data.size'"),
    "an arm with another data set": (["--set", 'arms=[{method="gan",set={dataset="mnist"}}]'], "an arm sets 'dataset'"),
    "an arm with other metrics": (["--set", 'arms=[{method="gan",set={metrics=["fid"]}}]'], "an arm sets 'metrics'"),
    "text for a list": (["--set", "ablate=aegan"], "ablate = 'aegan': a list is expected"),
    "text for steps to evaluate": (["--set", "evaluate=all", "--steps", "4"], "evaluate = 'all': a list is expected"),
    "parts on the command line": (["--set", "parts=3"], "[[parts]]"),
    "a number for settings": (["--set", "settings=3"], "settings = 3: equal, paper, or a list"),
    "a number for a network": (["--set", "arch.G=3"], "arch.G = 3: a table of keys is expected, such as arch.G.width"),
    "an empty list of seeds": (["--set", "seeds=[]"], "names no seeds"),
    "text for seeds": (["--set", "seeds=all"], "seeds = 'all'"),
    "points on a family for images": (["--dataset", "ring"], "ring"),
}  # fmt: skip

FILES: dict[str, tuple[str, str, str]] = {  # text of the preset to replace, by what, what the line says
    "not TOML": ("title =", "title", "not valid TOML"),
    "key unknown": ("steps = 8", "steps = 8\nstep = 9", "did you mean 'steps'"),
    "key missing": ("batch = 4\n", "", "batch"),
    "key twice": ("steps = 8", "steps = 8\nsteps = 8", "not valid TOML"),
    "seeds as text": ("seeds = 1", 'seeds = "all"', "seeds"),
    "table unknown": ("[optim]", "[optimm]", "did you mean 'optim'"),
    "table as a value": ("[data]\nsize = 8\nn_train = 200\nn_test = 128", "data = 3", "data"),
    "a method's table as a value": ("[method.ae.optim]\nlr = 1e-3", "[method]\nae = 3", "method.ae"),
    "extends nothing": ("title =", 'extends = "quik"\ntitle =', "did you mean 'quick'"),
    "extends itself": ("title =", 'extends = "tiny.toml"\ntitle =', "preset tiny.toml extends itself"),
    "parts as a number": ("steps = 8", "steps = 8\nparts = 3", "parts = 3: tables are expected"),
    "method unknown": ('["gan", "aegan"]', '["gan", "agean"]', "did you mean 'aegan'"),
    "method twice": ('["gan", "aegan"]', '["gan", "gan"]', "named twice"),
    "no methods": ('["gan", "aegan"]', "[]", "--methods"),
    "methods and arms": ("steps = 8", 'steps = 8\narms = [{ method = "gan" }]', "both methods and arms"),
    "methods as text": ('["gan", "aegan"]', '"gan"', "methods"),
    "metrics unknown": ('["search"]', '["serch"]', "did you mean 'search'"),
    "no family": ('family = "aegan"\n', "", "family is missing"),
    "family unknown": ('family = "aegan"', 'family = "dcgna"', "did you mean 'dcgan'"),
}


def refused(args: list[str], capsys: pytest.CaptureFixture[str], out: Path) -> str:
    """The one line with which a command ends; nothing was trained."""
    assert main([*args, "--out", str(out), "--executor", "inprocess"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: "), lines
    assert not list(out.glob("runs/*")), "something was trained"
    return lines[0]


@pytest.mark.parametrize("name", CASES)
def test_a_flag_is_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args, said = CASES[name]
    preset = [] if "--preset" in args else ["--preset", str(tiny.file(tmp_path))]
    assert said in refused([*preset, *args], capsys, tmp_path / "out")


@pytest.mark.parametrize("name", FILES)
def test_a_preset_is_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new, said = FILES[name]
    assert old in tiny.TOML
    path = tiny.file(tmp_path, tiny.TOML.replace(old, new, 1))
    assert said in refused(["--preset", str(path)], capsys, tmp_path / "out")


def test_files_that_are_no_presets_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text(tiny.TOML)
    (tmp_path / "folder.toml").mkdir()
    for name, said in (("mine.txt", "has to end in .toml"), ("folder.toml", "is a folder")):
        assert said in refused(["--preset", str(tmp_path / name)], capsys, tmp_path / "out")


def test_a_file_that_is_not_inception_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "w.pth").write_text("no weights")
    preset = ["--preset", str(tiny.file(tmp_path))]
    for flags in (["--inception-weights", "w.pth"], ["--extractor", "inception:w.pth"]):
        given = [flags[0], flags[1].replace("w.pth", str(tmp_path / "w.pth"))]
        said = refused([*preset, "--metrics", "fid", *given], capsys, tmp_path / "out")
        assert "does not hold torch-fidelity's Inception weights" in said


def test_published_results_are_no_output_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nor is the folder in which a results folder lies."""
    for name in ("command.txt", "results.parquet", "meta.json"):
        (tmp_path / "quick" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "quick" / name).write_text('{"parts": []}')
    preset = ["--preset", str(tiny.file(tmp_path))]
    assert "published results, which no command changes" in refused(preset, capsys, tmp_path / "quick")
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "report-files.json").write_text("{}")
    assert main([*preset, "--out", str(tmp_path)]) == 2
    assert f"{tmp_path / 'runs'} is: give that as --out" in capsys.readouterr().err


def test_binary_presets_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "odd.toml").write_bytes(b"\x80\x04\x95\xff")
    assert "not valid TOML" in refused(["--preset", str(tmp_path / "odd.toml")], capsys, tmp_path / "out")


def test_a_file_as_output_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("mine")
    assert str(tmp_path / "file") in refused(
        ["--preset", str(tiny.file(tmp_path))], capsys, tmp_path / "file"
    )
    assert (tmp_path / "file").read_text() == "mine"


def test_an_unknown_executor_is_named_before_anything_is_planned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.planning.plan.make", lambda *about: pytest.fail("a plan was made"))
    assert main(["--executor=cluster", "--out", str(tmp_path / "out")]) == 2
    assert "unknown executor 'cluster': known are auto, inprocess" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("door", "flag"),
    [(door, "--zz") for door in DOORS]
    + [
        ("run", "--precision=fp8"),
        ("run", "--list=method"),
        ("run", "--stepz=4"),
        ("run", "--steps=many"),
        ("run", "--out="),
    ],
)
def test_a_flag_that_cannot_be_read_is_one_line(
    door: str, flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    needed = {
        "evaluate": ["--samples", "x"],
        "reports": [],
        "sample": ["x"],
        "verify": ["x"],
        "prune": ["x"],
        "costs": ["x"],
    }
    with pytest.raises(SystemExit) as stop:
        import_module(f"{door}.__main__" if door == "reports" else f"benchmarks.{door}").main(
            [*needed.get(door, []), flag]
        )
    (line,) = capsys.readouterr().err.splitlines()
    assert (
        stop.value.code == 2
        and line.startswith("error: ")
        and flag.partition("=")[0] in line
        and "--help" in line
    )


def test_an_ablation_of_nothing_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--preset", str(tiny.file(tmp_path)), "--out", str(tmp_path / "out")]
    assert ablate.main(flags) == 2
    assert "name the method to ablate" in capsys.readouterr().err and not (tmp_path / "out").exists()
