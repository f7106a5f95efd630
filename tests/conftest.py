# SPDX-License-Identifier: Apache-2.0
import copy
import importlib.util
import os
import shutil
import socket
import struct
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from fixtures.speed import small_vocabulary_patch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner, runner
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import distributed, multiprocessing, nn

from flip_mm.apis import run_main
from flip_mm.cli import commands
from flip_mm.datasets import protocols, sets
from flip_mm.synthetic.writer import write_dataset

pytest_plugins = (
    "fixtures.archives",
    "fixtures.bright_model",
    "fixtures.configs",
    "fixtures.exported",
    "fixtures.forked",
    "fixtures.paper_records",
    "fixtures.pictures",
    "fixtures.processes",
    "fixtures.records",
    "fixtures.slurm",
    "fixtures.speed",
)
ROOT = Path(__file__).parents[1]
PROMPTS = dict(
    spoof=["This is an example of a spoof face", "a printed photo", "a replayed video", "a mask"],
    real=["This is an example of a real face", "a live person", "a bonafide face", "no mask"],
)
ARCH = dict(
    embed_dim=24,
    quick_gelu=True,
    vision_cfg=dict(image_size=32, layers=1, width=64, patch_size=16),
    text_cfg=dict(context_length=16, width=64, heads=1, layers=1),
)
HEADS = dict(
    v=dict(type="FLIPVHead"),
    it=dict(type="FLIPITHead", prompts=PROMPTS),
    mcl=dict(type="FLIPMCLHead", prompts=PROMPTS, projector=dict(hid_channels=32, out_channels=8)),
)


@pytest.fixture(autouse=True)
def one_thread_and_scope():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    init_default_scope("mmpretrain")


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch):
    """Records of the tests have intervals of few resamples: 1000 of them take as long as the other parts of a validation."""
    monkeypatch.setattr("flip_mm.engine.records.evaluation_record.RESAMPLES", 20)


@pytest.fixture
def registrations():
    """What a test registers is gone after it, or when it calls registrations()."""
    tables = (protocols.DOMAINS, protocols.RUNS, protocols.AUXILIARY, sets.DATA_SETS)
    before = [copy.copy(table) for table in tables]
    runs = {name: list(own) for name, own in protocols.RUNS.items()}
    tested = list(protocols.TESTED)

    def forget():
        protocols.TESTED[:] = tested
        for table, old in zip(tables, before, strict=True):
            table.clear()
            table.update(old)
        protocols.RUNS.update({name: list(own) for name, own in runs.items()})

    yield forget
    forget()


@pytest.fixture
def arch():
    return copy.deepcopy(ARCH)


@pytest.fixture
def prompts():
    return copy.deepcopy(PROMPTS)


@pytest.fixture
def model_config():
    """Config of a tiny FLIP: model_config('mcl', head=dict(...), backbone=dict(...))."""

    def make(method, head=None, backbone=None, **kwargs):
        return dict(
            type="FLIP",
            backbone=dict(type="OpenCLIP", arch=copy.deepcopy(ARCH), text=method != "v") | (backbone or {}),
            head=copy.deepcopy(HEADS[method]) | (head or {}),
            **kwargs,
        )

    return make


@pytest.fixture
def build(model_config):
    def make(method, **kwargs):
        return MODELS.build(model_config(method, **kwargs))

    return make


@pytest.fixture(scope="session")
def shared_mcio(tmp_path_factory):
    """A synthetic set of 150 small images, read-only: 6 real and 12 attack videos per domain, 6 + 6 CelebA images."""
    root = tmp_path_factory.mktemp("data") / "MCIO"
    write_dataset(root, videos=6, size=32, seed=0, workers=1)
    return root


@pytest.fixture(scope="session")
def shared_wcs(tmp_path_factory):
    """The same for W, CeFA, S, for reading only: 6 real and 12 attack videos of 10, 10, 5 frames, 6 + 6 CelebA images."""
    root = tmp_path_factory.mktemp("data") / "WCS"
    write_dataset(root, videos=6, size=32, seed=0, workers=1, layout="WCS")
    return root


@pytest.fixture
def mcio(shared_mcio, tmp_path):
    """A copy of the synthetic set that a test may damage."""
    return Path(shutil.copytree(shared_mcio, tmp_path / "MCIO"))


@pytest.fixture(scope="session")
def old_files(tmp_path_factory):
    """Files of flip_mm 0.1.0, read-only, see tests/data/run_0.1.0/README.md."""
    folder = tmp_path_factory.mktemp("run_0.1.0")
    shutil.unpack_archive(ROOT / "tests/data/run_0.1.0/files.tar.xz", folder)
    return folder


@pytest.fixture
def full_disk():
    """with full_disk(1000): no file can become longer than 1000 bytes, which the system refuses as it refuses a full disk."""
    resource = pytest.importorskip("resource")

    @contextmanager
    def limit(size):
        limits, own = resource.getrlimit(resource.RLIMIT_FSIZE), sys.dont_write_bytecode
        # Python would cache half of a module that is imported meanwhile.
        sys.dont_write_bytecode = True
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            sys.dont_write_bytecode = own

    return limit


@pytest.fixture
def load_tool(monkeypatch):
    """A script under tools/ as a module; it can import modules of its folder, as a script can."""

    def load(path):
        monkeypatch.setattr(sys, "path", [*sys.path, str((ROOT / "tools" / path).parent)])
        spec = importlib.util.spec_from_file_location(f"tool_{Path(path).stem}", ROOT / "tools" / path)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, spec.name, module)  # dataclasses look there
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture
def run_tool(monkeypatch, load_tool, empty_plots):
    """Run a script of tools/ inside this process: run_tool('train.py', config, '--target', 'M').

    Keywords replace constants of the script, such as a long list of conditions.
    """
    # Slow steps that no test needs: the second starts compilers to ask for their versions.
    monkeypatch.setattr("gc.collect", lambda *_: 0)
    monkeypatch.setattr(Runner, "_log_env", lambda *_: None)

    def run(path, *arguments, **constants):
        monkeypatch.setattr(sys, "argv", [path, *map(str, arguments)])
        tool = load_tool(path)
        for name, value in constants.items():
            monkeypatch.setattr(tool, name, value)
        return tool.main()

    yield run
    # Otherwise Python's garbage collector waits for those of a data loader, up to 5 s each.
    for process in multiprocessing.active_children():
        process.terminate()


@pytest.fixture
def end_tool(run_tool):
    """As run_tool; returns the exit code that the process would end with, errors are printed on stderr."""

    def run(path, *arguments):
        try:
            return run_main(lambda: run_tool(path, *arguments))
        except SystemExit as ended:  # argparse
            return ended.code

    return run


@pytest.fixture
def run_command(monkeypatch, capsys):
    """Run a command inside this process: run_command("info", file) -> exit code, stdout, stderr."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["flip_mm", *map(str, arguments)])
        try:
            code = commands.main()
        except SystemExit as ended:
            code = ended.code or 0
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def release():
    """Content of a checkpoint as the official release writes it, towers from an open_clip model: release('mcl', clip)."""

    def make(method, clip, hidden=32, out=8):
        state = {f"model.{k}": v.clone() for k, v in clip.state_dict().items()}
        if method == "v":
            # The hidden layer is registered twice, CLIP's projection is there and not used.
            state = {f"backbone.vit.{k}": v.clone() for k, v in clip.visual.state_dict().items()}
            fc = nn.Linear(clip.visual.proj.shape[0], 512)
            parts = {
                "embedder.bottleneck_layer_fc": fc,
                "embedder.bottleneck_layer.0": fc,
                "classifier.classifier_layer": nn.Linear(512, 2),
            }
        elif method == "mcl":
            width = clip.visual.proj.shape[1]
            layers = dict(layer1=nn.Linear(width, hidden), bn1=nn.BatchNorm1d(hidden), relu1=nn.ReLU())
            layers |= dict(
                layer2=nn.Linear(hidden, hidden), bn2=nn.BatchNorm1d(hidden), relu2=nn.ReLU(), layer3=nn.Linear(hidden, out)
            )
            for name in ("bn1", "bn2"):
                layers[name].running_mean.normal_()
                layers[name].num_batches_tracked.fill_(7)
            parts = {f"image_mlp.{name}": layer for name, layer in layers.items()}
        else:
            parts = {}
        state |= {f"{name}.{k}": v for name, part in parts.items() for k, v in part.state_dict().items()}
        figures = dict(valid_arg=[np.inf, np.float64(0.25), 0, 1.5], best_model_EER=np.float64(0.0123), best_model_ACER=0.0)
        return dict(epoch=12, state_dict=state, threshold=np.float64(0.4321), best_model_ACC=np.float64(99.5), **figures)

    return make


@pytest.fixture
def scored_samples():
    """30 videos of 2 frames for dev and for target each; a model's scores are float32."""
    rng, samples = np.random.default_rng(0), []
    for i in range(120):
        role, video = "dev" if i < 60 else "target", i // 2
        real = video % 3 == 0
        attack = "bonafide" if real else ("print", "mask")[video % 2]
        data = DataSample(
            metainfo=dict(
                sample_idx=i,
                img_path=f"-{i}.png",
                video_id=f"v{video}",
                subject=str(video % 5),
                domain="O",
                attack_type=attack,
                role=role,
            )
        )
        score = torch.softmax(torch.tensor([0.0, rng.normal(1.0 if real else -1.0, 1.5)], dtype=torch.float32), 0)
        samples.append(data.set_gt_label(int(real)).set_pred_score(score).to_dict())
    return samples


SECONDS = 120


@pytest.fixture
def processes(tmp_path_factory):
    """processes(world, function): function(rank) in that many processes on the CPU; returns what each of them returned.

    They are forked, which is faster than a new Python, and connect like processes of mmengine's runner.
    """
    if torch.cuda.is_available():
        pytest.skip("forked processes cannot use a GPU: hide it with CUDA_VISIBLE_DEVICES=")

    def run(world, function):
        folder = tmp_path_factory.mktemp("processes")
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        arguments = (world, port, function, folder)
        context = multiprocessing.start_processes(_process, arguments, nprocs=world, join=False, start_method="fork")
        deadline = time.monotonic() + SECONDS
        while not context.join(timeout=1):
            if time.monotonic() > deadline:
                for process in context.processes:
                    process.terminate()
                pytest.fail(f"The processes did not end within {SECONDS} s.")
        return [torch.load(folder / f"{rank}.pt", weights_only=False) for rank in range(world)]

    return run


def _process(rank, world, port, function, folder):
    names = dict(RANK=rank, LOCAL_RANK=rank, WORLD_SIZE=world, MASTER_ADDR="127.0.0.1", MASTER_PORT=port)
    os.environ.update({name: str(value) for name, value in names.items()})
    runner.init_dist("pytorch", backend="nccl", timeout=SECONDS // 2)
    torch.save(function(rank), folder / f"{rank}.pt")
    distributed.destroy_process_group()


@pytest.fixture
def numbered_frames():
    """Frames that carry their number: numbered_frames(40), (48, 64, 3) uint8 each; numbered_frames.read(image) -> number."""

    def make(count, height=48, width=64):
        frames = np.full((count, height, width, 3), 90, np.uint8)
        for k, frame in enumerate(frames):
            frame[height // 2 :] = 40 + 53 * k % 160, 40 + 29 * k % 160, 60 + 17 * k % 120
            for bit in range(8):
                frame[: height // 2, bit * width // 8 : (bit + 1) * width // 8] = 235 * (k >> bit & 1)
        return frames

    def read(image):
        height, width = image.shape[:2]
        middles = [image[height // 4, (2 * bit + 1) * width // 16].mean() > 118 for bit in range(8)]
        return sum(1 << bit for bit, is_on in enumerate(middles) if is_on)

    make.read = read
    return make


@pytest.fixture
def write_video():
    """Write a video with PyAV: write_video(path, frames, codec="mpeg4", pts=[0, 40, 90, ...], rotation=90).

    `pts` are in ms; without them the frame rate is constant. `rotation` is by how much a player turns the video, clockwise
    (MP4 and MOV).
    `options` go to the encoder, `container_options` to the muxer.
    """
    from fractions import Fraction

    av = pytest.importorskip("av")

    def write(
        path, frames, *, codec="libx264", fps=25, pts=None, rotation=0, options=None, container_options=None, pix_fmt=None
    ):
        with av.open(str(path), "w", options=container_options or {}) as container:
            stream = container.add_stream(codec, rate=fps, options=options or {})
            stream.height, stream.width = frames[0].shape[:2]
            stream.pix_fmt = pix_fmt or ("yuvj420p" if codec == "mjpeg" else "yuv420p")
            stream.thread_count = 1
            time_base = Fraction(1, fps) if pts is None else Fraction(1, 1000)
            stream.codec_context.time_base = time_base
            for k, frame in enumerate(frames):
                picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
                picture.pts = k if pts is None else pts[k]
                picture.time_base = time_base
                container.mux(stream.encode(picture))
            container.mux(stream.encode())
        if rotation:
            # The matrix of the track header, at byte 40 behind its name: 16.16 fixed point, rows (a b u), (c d v), (x y w).
            a, b = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[rotation]
            content = bytearray(path.read_bytes())
            start = content.index(b"tkhd") + 44
            content[start : start + 20] = struct.pack(">5i", a << 16, b << 16, 0, -b << 16, a << 16)
            path.write_bytes(content)
        return path

    return write


@pytest.fixture(scope="session")
def trained(shared_mcio, tmp_path_factory):
    """Config file and checkpoint of a tiny FLIP-MCL of protocol 1, trained for 4 iterations: (config, checkpoint).

    The weights in the config do not exist, so reading them fails. Tests need the fixture small_vocabulary as well.
    """
    folder = tmp_path_factory.mktemp("trained")
    config = folder / "tiny_p1.py"
    loaders = "".join(
        f"{name}_dataloader = dict(batch_size={size}, num_workers=0, persistent_workers=False, "
        f'dataset=dict(data_root="{shared_mcio}"))\n'
        for name, size in (("train", 1), ("val", 10), ("test", 10))
    )
    config.write_text(
        f'_base_ = ["{ROOT}/configs/flip_mcl_p1.py"]\n'
        "tower = dict(image_size=224, layers=12, width=64, patch_size=32)\n"
        "words = dict(context_length=16, width=64, heads=1, layers=1)\n"
        "arch = dict(_delete_=True, embed_dim=24, quick_gelu=True, vision_cfg=tower, text_cfg=words)\n"
        'model = dict(backbone=dict(arch=arch, pretrained="nowhere/clip.pt"), '
        "head=dict(projector=dict(hid_channels=32, out_channels=8)))\n"
        "train_cfg = dict(max_iters=4, val_interval=4)\n"
        "optim_wrapper = dict(optimizer=dict(lr=1e-3))\n"
        'param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=4)]\n'
        "default_hooks = dict(logger=dict(interval=1))\n" + loaders
    )
    cfg = Config.fromfile(config)
    cfg.model.backbone.pretrained = None
    cfg.work_dir = str(folder / "work")
    with small_vocabulary_patch():
        Runner.from_cfg(cfg).train()
    return config, folder / "work/iter_4.pth"
