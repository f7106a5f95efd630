# SPDX-License-Identifier: Apache-2.0
"""MMPretrain's tools on our configs and checkpoints, with the commands of docs/mmpretrain.md."""

import json
import math
import re
import runpy
import shlex
import sys
from pathlib import Path

import cv2
import matplotlib
import matplotlib.pyplot as plt
import mmengine
import mmpretrain
import numpy as np
import pytest
import sklearn.manifold
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import Runner
from mmpretrain import get_model
from mmpretrain.registry import DATASETS
from yapf.yapflib.yapf_api import FormatCode

from flip_mm.compat import load_checkpoint_file
from flip_mm.evaluation import read_scores

pytestmark = pytest.mark.usefixtures("small_vocabulary")

ROOT = Path(__file__).parents[1]
TOOLS = Path(mmpretrain.__file__).parent / ".mim/tools"
DOCS = (ROOT / "docs/mmpretrain.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"`python \$MM/([^`]+)`", DOCS)


def command(start, *, option=""):
    """The documented command that begins so and holds the option, as arguments."""
    (found,) = (line for line in COMMANDS if line.startswith(start) and option in line)
    return shlex.split(found)


class Desk:
    """A working folder in which the documented commands run: desk(command) -> what was printed."""

    def __init__(self, folder, config, checkpoint, data):
        self.folder, self.config, self.checkpoint, self.runs = folder, config, checkpoint, 0
        self.image = next(data.glob("frame/oulu/test/real/*_frame0.png"))
        log = next(path for path in checkpoint.parent.glob("*/vis_data/*.json") if path.stem != "scalars")
        self.names = {"$CONFIG": config, "$CKPT": checkpoint, "$LOG": log, "$IMAGE": self.image}

    def __call__(self, arguments, *more):
        self.runs += 1
        tool = TOOLS / arguments[0]
        given = [str(self.names.get(a, a)) for a in [*arguments[1:], *map(str, more)]]
        given = [str(ROOT / a) if a.startswith("configs/") else a for a in given]
        if tool.name in ("train.py", "test.py"):
            # Runs of the same second would share their log.
            given += [*([] if "--cfg-options" in given else ["--cfg-options"]), f"experiment_name=mm_{self.runs}"]
        # A process of its own would have none.
        DefaultScope._instance_dict.clear()
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.folder)
            patch.setattr(sys, "argv", [str(tool), *given])
            patch.setattr("gc.collect", lambda *_: 0)
            patch.setattr(Runner, "_log_env", lambda *_: None)
            patch.setattr("flip_mm.visualization.plot_report", lambda *_: [])
            patch.syspath_prepend(tool.parent)
            plt.close("all")
            runpy.run_path(str(tool), run_name="__main__")

    def scores(self, work):
        """File name -> score, of what a test wrote."""
        table = read_scores(self.folder / work / "scores_target.csv")
        return {Path(file).name: score for file, score in zip(table.file, table.score, strict=True)}


@pytest.fixture(scope="module")
def desk(trained, shared_mcio, tmp_path_factory):
    matplotlib.use("Agg")
    return Desk(tmp_path_factory.mktemp("desk"), *trained, shared_mcio)


@pytest.fixture(scope="module")
def tested(desk):
    """What the documented test wrote."""
    desk(command("test.py", option="--out"), "--interval", "6")
    return desk.folder / "mm_test"


@pytest.fixture(scope="module")
def model(trained):
    return get_model(*map(str, trained))


@pytest.fixture(scope="module")
def frames(trained):
    """The frames of the test, a list of what the data set knows of each, and their images as the model takes them."""
    dataset = DATASETS.build(Config.fromfile(trained[0]).test_dataloader.dataset)
    return [dataset.get_data_info(i) for i in range(len(dataset))], torch.stack([s["inputs"] for s in dataset])


def score(model, images):
    with torch.no_grad():
        data = model.data_preprocessor(dict(inputs=images, data_samples=None))
        return np.array([float(sample.pred_score[1]) for sample in model.predict(data["inputs"])])


def looks_like(shown, wanted):
    """Far nearer to the picture than to the same with red and blue exchanged; matplotlib below 3.11 smooths what it draws."""
    return np.abs(shown - wanted).mean() < 0.7 * np.abs(shown - wanted[..., ::-1]).mean()


def read(path):
    """The picture, RGB."""
    return cv2.imread(str(path))[..., ::-1].astype(float)


def test_train(desk):
    desk(command("train.py"), "--no-pin-memory", "--no-persistent-workers", "--cfg-options", "model.backbone.pretrained=None")
    one, other = (load_checkpoint_file(p)["state_dict"] for p in (desk.folder / "mm_train/iter_4.pth", desk.checkpoint))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_test_gives_the_scores_of_ours(desk, tested, run_tool, tmp_path):
    flags = ("--work-dir", tmp_path, "--cfg-options", "experiment_name=ours")
    run_tool("test.py", desk.config, desk.checkpoint, *flags)
    assert (tmp_path / "scores_target.csv").read_bytes() == (tested / "scores_target.csv").read_bytes()
    predictions = mmengine.load(tested / "pred.pkl")
    assert {Path(p["img_path"]).name: pytest.approx(float(p["pred_score"][1]), abs=1e-6) for p in predictions} == desk.scores(
        "mm_test"
    )


def test_test_shows_frames_in_their_colours(desk, tested, frames):
    shown = sorted((tested / "shown").glob("*.png"))
    assert len(shown) == 5
    files = {Path(frame["img_path"]).name: frame["img_path"] for frame in frames[0]}
    for path in shown:
        picture = read(path)[80:]  # below the caption
        wanted = cv2.resize(read(files[path.name.rsplit("_", 1)[0]]), (224, 224), interpolation=cv2.INTER_CUBIC)[80:]
        assert looks_like(picture, wanted)


def test_tta_is_the_mean_of_both_views(desk, model, frames):
    desk(command("test.py", option="--tta"))
    known, images = frames
    plain, mirrored = score(model, images), score(model, images.flip(-1))
    assert np.abs(plain - mirrored).max() > 1e-4
    got = desk.scores("mm_tta")
    wanted = {Path(frame["img_path"]).name: mean for frame, mean in zip(known, (plain + mirrored) / 2, strict=True)}
    assert got == pytest.approx(wanted, abs=2e-6)


def test_tta_on_two_processes(desk, processes):
    desk(command("test.py", option="--tta"))
    processes(2, lambda _: desk(command("test.py", option="--tta"), "--work-dir", "mm_tta2", "--launcher", "pytorch"))
    assert desk.scores("mm_tta2") == pytest.approx(desk.scores("mm_tta"), abs=1e-6)


def test_tta_in_the_config_and_with_ema_weights(desk, tested, tmp_path):
    desk.names["$CONFIG"], before = tmp_path / "tta.py", desk.config
    desk.names["$CONFIG"].write_text(
        f'_base_ = ["{before}"]\ntta_model = dict(type="AverageClsScoreTTA")\ncustom_hooks = [dict(type="EMAHook")]\n'
        'load, pack = dict(type="LoadImageFromFile", imdecode_backend="pillow"), {{_base_.pack}}\n'
        'to_pil, resize, to_numpy = dict(type="NumpyToPIL", to_rgb=True), {{_base_.resize}}, dict(type="PILToNumpy")\n'
        'twice = dict(type="TestTimeAug", transforms=[[to_numpy, to_numpy], [pack]])\n'
        "tta_pipeline = [load, to_pil, resize, twice]\n"
    )
    try:
        desk(command("test.py", option="--tta"), "--work-dir", tmp_path / "work")
    finally:
        desk.names["$CONFIG"] = before
    assert desk.scores(tmp_path / "work") == pytest.approx(desk.scores("mm_test"), abs=2e-6)


def test_analyze_results(desk, tested):
    desk(command("analysis_tools/analyze_results.py"))
    predictions = mmengine.load(tested / "pred.pkl")
    right = sum(int(p["pred_score"].argmax()) == int(p["gt_label"]) for p in predictions)
    for kind, count in (("success", right), ("fail", len(predictions) - right)):
        folder = desk.folder / "analyzed" / kind
        assert len(list(folder.glob("*.png"))) == min(count, 20)
        rows = json.loads((folder / f"{kind}.json").read_text())
        assert all((row["pred_label"] == row["gt_label"]) == (kind == "success") for row in rows)


def test_confusion_matrix(desk, tested):
    documented = command("analysis_tools/confusion_matrix.py")
    wanted = np.zeros((2, 2), int)
    for p in mmengine.load(tested / "pred.pkl"):
        wanted[int(p["gt_label"]), int(p["pred_score"].argmax())] += 1
    for source in ("$CKPT", "mm_test/pred.pkl"):
        desk([source if a == "$CKPT" else a for a in documented])
        assert np.array_equal(mmengine.load(desk.folder / "matrix.pkl"), wanted)
        assert read(desk.folder / "matrix.png").std() > 10
        (desk.folder / "matrix.png").unlink()


def test_eval_metric(desk, tested, capsys, frames):
    desk(command("analysis_tools/eval_metric.py"), "--metric", "type=Accuracy")
    said = capsys.readouterr().out
    figures = json.loads(next((desk.folder / "mm_test").glob("figures_target.json")).read_text())
    assert float(re.search(r"'target/AUC': ([\d.]+)", said)[1]) == pytest.approx(figures["figures"]["AUC"], abs=1e-6)
    right = np.mean([int(p["pred_score"].argmax()) == int(p["gt_label"]) for p in mmengine.load(tested / "pred.pkl")])
    assert float(re.search(r"'accuracy/top1': ([\d.]+)", said)[1]) == pytest.approx(100 * right, abs=1e-3)


def test_get_flops(desk, capsys):
    desk(command("analysis_tools/get_flops.py"))
    # 3.1 M parameters less than with CLIP's whole vocabulary.
    said = capsys.readouterr().out
    assert re.search(r"Flops: 18\.\d+M\nParams: 1\.8\d+M", said), said


def test_get_flops_counts_what_a_vit_multiplies(desk, capsys, tmp_path):
    config = tmp_path / "random.py"
    config.write_text(f'_base_ = ["{desk.config}"]\nmodel = dict(backbone=dict(pretrained=None))\n')
    desk(["analysis_tools/get_flops.py", str(config)])
    tokens, width = 7 * 7 + 1, 64
    block = tokens * width * width * (3 + 1 + 4 + 4)
    wanted = 49 * 3 * 32 * 32 * width + 12 * block + width * 24
    counted = float(re.search(r"Flops: ([\d.]+)M", capsys.readouterr().out)[1]) * 1e6
    assert counted == pytest.approx(wanted, rel=0.02)


@pytest.mark.parametrize("task", ["plot_curve", "cal_train_time"])
def test_analyze_logs(desk, capsys, task):
    desk(command(f"analysis_tools/analyze_logs.py {task}"))
    steps = [json.loads(line) for line in Path(desk.names["$LOG"]).read_text().splitlines()]
    if task == "plot_curve":
        assert (desk.folder / "curve.png").stat().st_size > 5000
        assert len([step for step in steps if "loss_ce" in step]) == 4
    else:
        seconds = np.mean([step["time"] for step in steps if "loss_ce" in step])
        assert f"average iter time: {seconds:.4f} s/iter" in capsys.readouterr().out


def test_print_config(desk, capsys, monkeypatch):
    monkeypatch.setattr("mmengine.config.config.FormatCode", FormatCode)
    desk(command("misc/print_config.py"))
    said = capsys.readouterr().out
    assert "val_evaluator = dict(threshold='paper', type='FASMetric')" in said
    assert said.count("collate_fn=dict(type='default_collate')") == 3


def test_verify_dataset(desk, mcio, capsys):
    documented = command("misc/verify_dataset.py")
    desk(documented)
    assert "There is no broken file found." in capsys.readouterr().out
    broken = next(mcio.glob("frame/oulu/test/real/*_frame0.png"))
    broken.write_bytes(b"no picture")
    desk(documented, f"test_dataloader.dataset.data_root={mcio}")
    assert (desk.folder / "broken.log").read_text().strip() == str(broken)


def test_publish_model(desk, run_tool):
    documented = command("model_converters/publish_model.py")
    deployed = desk.folder / "deployed.pth"
    run_tool("model_converters/deploy.py", desk.config, desk.checkpoint, deployed)
    desk(documented)
    (published,) = desk.folder.glob("published_*.pth")
    assert load_checkpoint_file(published)["meta"]["dataset_meta"]["run"]["target"] == "O"
    model = get_model(str(desk.config), str(published), deploy=True)
    assert model.deployed
    assert all(torch.equal(v, load_checkpoint_file(deployed)["state_dict"][k]) for k, v in model.state_dict().items())


def test_publish_model_refuses_a_trainings_checkpoint_as_the_docs_say(desk):
    with pytest.raises(Exception, match="Weights only load failed"):
        desk(["model_converters/publish_model.py", "$CKPT", "published.pth"])


def test_browse_dataset(desk):
    desk(command("visualization/browse_dataset.py"))
    dataset = DATASETS.build(Config.fromfile(desk.config).train_dataloader.dataset)
    files = [Path(dataset.get_data_info(number)["img_path"]) for number in range(4)]
    assert {path.name for path in (desk.folder / "browsed").glob("*.png")} == {file.name for file in files}
    for file in files:
        assert looks_like(read(desk.folder / "browsed" / file.name)[16:], read(file)[16:])  # below the caption


def test_browse_dataset_after_transforms(desk, monkeypatch):
    """As with matplotlib < 3.11, whose function does not ask for the renderer."""
    adjust = matplotlib._tight_bbox.adjust_bbox
    if "renderer" in adjust.__code__.co_varnames[: adjust.__code__.co_argcount]:
        monkeypatch.setattr(
            matplotlib._tight_bbox, "adjust_bbox", lambda figure, box: adjust(figure, box, figure.canvas.get_renderer())
        )
    desk(command("visualization/browse_dataset.py"), "-m", "transformed", "-c", "RGB", "-o", "transformed", "-n", "1")
    (shown,) = (desk.folder / "transformed").glob("*.png")
    height, width = read(shown).shape[:2]
    assert height > 3 * width  # three views, one below the other


def test_vis_scheduler(desk):
    desk(command("visualization/vis_scheduler.py"))
    (line,) = plt.gcf().axes[0].lines
    wanted = [0.5e-3 * (1 + math.cos(math.pi * step / 4)) for step in range(4)]
    assert line.get_ydata() == pytest.approx(wanted, abs=1e-9)
    assert (desk.folder / "lr.png").stat().st_size > 5000


def test_vis_tsne(desk, model, frames, monkeypatch):
    """As with scikit-learn < 1.7, which still knows n_iter."""
    own = sklearn.manifold.TSNE
    if "n_iter" not in own.__init__.__code__.co_varnames:
        monkeypatch.setattr(sklearn.manifold, "TSNE", lambda n_iter, **options: own(max_iter=n_iter, **options))
    desk(command("visualization/vis_tsne.py"))
    (folder,) = (desk.folder / "mm_tsne").glob("tsne_*")
    with torch.no_grad():
        images = model.data_preprocessor(dict(inputs=frames[1], data_samples=None))["inputs"]
        wanted = model.extract_feat(images, stage="backbone")[0]
    assert np.load(folder / "feat_-1.npy") == pytest.approx(wanted.numpy(), abs=1e-4)
    assert read(folder / "feat_-1.png").std() > 10


def test_vis_cam(desk):
    pytest.importorskip("pytorch_grad_cam")
    pytest.importorskip("pkg_resources")
    desk(command("visualization/vis_cam.py"))
    assert read(desk.folder / "cam.png").shape == (224, 224, 3)


SNIPPETS = re.findall(r"### (.*?)\n.*?```python\n(.*?)```", DOCS, re.DOTALL)


@pytest.mark.parametrize(("title", "code"), SNIPPETS, ids=[title for title, _ in SNIPPETS])
def test_the_alternatives_in_the_docs(desk, title, code, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    DefaultScope._instance_dict.clear()
    plt.close("all")
    names = dict(config=str(desk.config), checkpoint=str(desk.checkpoint), file=str(desk.image))
    exec(compile(code, title, "exec"), names)
    (picture,) = tmp_path.glob("*.png")
    shape = {"Training images": (4 * 224, 3 * 224, 3), "t-SNE": (480, 640, 3), "Grad-CAM": (224, 224, 3)}[title]
    assert read(picture).shape == shape
    assert read(picture).std() > 10
    if title == "Grad-CAM":
        assert 0 < names["cam"].max() <= 1 + 1e-6
        assert np.corrcoef(read(picture).ravel(), cv2.resize(read(desk.image), (224, 224)).ravel())[0, 1] > 0.3


def test_each_command_of_the_docs_is_tested():
    source = Path(__file__).read_text(encoding="utf-8")
    started = [start.split()[0] for start in re.findall(r'command\(f?"([\w/.]+)', source)]
    assert {line.split()[0] for line in COMMANDS} == {*started}
