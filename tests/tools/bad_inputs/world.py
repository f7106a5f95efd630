# SPDX-License-Identifier: Apache-2.0
"""A folder with files of every wrong kind, in which the inputs of the table are tried."""

import gzip
import io
import os
import pickle
import shutil
import struct
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import torch
from fixtures.bright_model import PROMPTS
from fixtures.small_networks import ARCHITECTURES, random_network
from PIL import Image
from safetensors.numpy import save_file

from flip_mm.inference.model_card import InputSpec, ModelCard
from flip_mm.inference.model_file import write_safetensors

CONFIGS = Path(__file__).parents[3] / "configs"
HEADER = "file,video,subject,domain,attack_type,label,score"
BASE = f'_base_ = ["{(CONFIGS / "flip_v_demo.py").as_posix()}"]\n'


def _base(config, setting):
    """A config that changes one setting of all data sets of a shipped one."""
    loaders = [f"{name}_dataloader = dict(dataset=dict({setting}))" for name in ("train", "val", "test")]
    return "\n".join([f'_base_ = ["{(CONFIGS / config).as_posix()}.py"]', *loaders])


CONTENTS = {
    "typo.py": BASE + "train_dataloder = dict(batch_size=2)",
    "nested.py": BASE + "train_dataloader = dict(batchsize=2)",
    "helper.py": BASE + "image_size = 96",
    "syntax.py": BASE + "model = dict(\n",
    "name.py": BASE + "model = dict(backbone=dict(arch=unknown))",
    "raises.py": BASE + "model = 1 / 0",
    "imports.py": BASE + "import no_such_module",
    "custom.py": BASE + 'custom_imports = dict(imports=["no_such_module"], allow_failed_imports=False)',
    "nobase.py": '_base_ = ["./no_such_base.py"]\n',
    "notlist.py": "_base_ = 3\n",
    "empty.py": "",
    "nodata.py": "model = dict(type='FLIP', backbone=dict(type='OpenCLIP'), head=dict(type='FLIPVHead'))\n",
    "nomodel.py": BASE + "model = None",
    "list.py": BASE + "train_dataloader = []",
    "text.py": BASE + "model = 'FLIP'",
    "otherset.py": BASE + "train_dataloader = dict(dataset=dict(_delete_=True, type='CIFAR10', data_root='x'))",
    "scope.py": BASE + "default_scope = 'mmnothing'",
    "broken.json": "{",
    "list.json": "[1]",
    "broken.yml": "a: [",
    "circle.py": '_base_ = ["./other_half.py"]\n',
    "other_half.py": '_base_ = ["./circle.py"]\n',
    "exits.py": BASE + "raise SystemExit('bye')",
    "opens.py": BASE + "x = open('absent.txt')",
    "basevar.py": BASE + "model = {{_base_.modle}}",
    "basecsv.py": '_base_ = ["./good.csv"]\n',
    "package.py": '_base_ = ["nosuchpackage::a/b.py"]\n',
    "importstext.py": BASE + "custom_imports = 'flip_mm'",
    "nohooks.py": BASE + "default_hooks = []",
    "ema.py": BASE + "custom_hooks = [dict(type='EMAHook', momentm=0.1)]",
    "multiplier.py": BASE + "optim_wrapper = dict(paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mul=0.1))))",
    "nan.py": BASE + "model = dict(head=dict(dropout=float('nan')))",
    "infinite.py": BASE + "optim_wrapper = dict(optimizer=dict(lr=float('inf')))",
    "milestones.py": BASE + "param_scheduler = [dict(type='MultiStepLR', by_epoch=False, milestones='3,4')]",
    "torchvision.py": BASE
    + """size = dict(type='torchvision/Resize', sise=(64, 64))
train_dataloader = dict(dataset=dict(pipeline=[dict(type='LoadFrame'), size, dict(type='PackInputs')]))""",
    "envvar.py": BASE + "work_dir = '{{$NO_SUCH_VARIABLE}}'",
    "noadapt.py": _base("drcn/drcn_demo", "run=dict(unlabelled='')"),
    "noadapt_ada.py": _base("ada/ada_demo", "run=dict(unlabelled='')"),
    "nodepth.py": _base("rfmeta/rfmeta_demo", "pipeline=[dict(type='LoadFrame'), dict(type='PackInputs')]"),
    "nodepth_maddg.py": _base("maddg/maddg_demo", "pipeline=[dict(type='LoadFrame'), dict(type='PackInputs')]"),
    "text.txt": "hello\nworld\n",
    "text.pth": "hello",
    "text.csv": "hello",
    "text.onnx": "hello",
    "foreign.yaml": "size: 32\ncolour: RGB\nmean: [0, 0, 0]\nstd: [255, 255, 255]\ncrop: whole\nlive: 1\nsoftmax: true\n",
    "nosize.yaml": "colour: RGB\nmean: [0, 0, 0]\nstd: [255, 255, 255]\ncrop: whole\nlive: 1\nsoftmax: true\n",
    "typokey.yaml": "size: 32\ncolor: RGB\n",
    "broken.yaml": "a: [",
    "callable.yaml": "size: 32\ncrop: whole\nlive: 1\nsoftmax: true\n",
    "boxes.csv": "file,x0,y0,x1,y1\nreal/a.png,0,0,64,64\n",
    "nobox.csv": "file,x0,y0,x1,y1\nreal/a.png,0,0,64\n",
    "comma.csv": "a,b\n1,2\n",
}


def png(size=(64, 64)):
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def scores(rows=40, change=None):
    """Text of a score file of two frames a video; change(number, cells) may change a row."""
    lines = [HEADER]
    for i in range(rows):
        label, video = i // 2 % 2, i // 2
        kind = "bonafide" if label else "print"
        cells = [f"v{video}_{i % 2}.png", f"v{video}", f"s{video % 5}", "O", kind, str(label), f"{0.1 + 0.6 * label + i / 400}"]
        lines.append(",".join(change(i, cells) if change else cells))
    return "\n".join(lines) + "\n"


def cell(place, text, row=3):
    """A score file with one cell changed."""
    return scores(change=lambda i, cells: [*cells[:place], text, *cells[place + 1 :]] if i == row else cells)


SCORES = {
    "good.csv": scores(),
    "scores_dev.csv": scores(change=lambda i, c: [f"d{c[0]}", f"d{c[1]}", *c[2:]]),
    "underscore.csv": cell(6, "0_1"),
    "infinity.csv": cell(6, "infinity"),
    "nan.csv": cell(6, "nan"),
    "hex.csv": cell(6, "0x1"),
    "arabic.csv": cell(6, "\u0660.\u0665"),
    "above.csv": cell(6, "1.5"),
    "below.csv": cell(6, "-0.1"),
    "noscore.csv": cell(6, ""),
    "wordscore.csv": cell(6, "high"),
    "decimalcomma.csv": cell(6, '"0,5"'),
    "percent.csv": cell(6, "50%"),
    "label2.csv": cell(5, "2"),
    "labelreal.csv": cell(5, "real"),
    "label01.csv": cell(5, "01"),
    "nolabel.csv": cell(5, ""),
    "short.csv": scores(change=lambda i, c: c[:5] if i == 7 else c),
    "long.csv": scores(change=lambda i, c: [*c, "x"] if i == 7 else c),
    "oneclass.csv": scores(change=lambda i, c: [*c[:4], "bonafide", "1", c[6]]),
    "headeronly.csv": HEADER + "\n",
    "noheader.csv": "\n".join(scores().splitlines()[1:]),
    "nocolumn.csv": scores().replace("score", "result", 1),
    "twice.csv": scores().replace("subject", "video", 1),
    "semicolons.csv": scores().replace(",", ";"),
    "tabs.csv": scores().replace(",", "\t"),
    "quote.csv": cell(0, '"open'),
}
LISTS = {
    "good_list.csv": "path,label\na.png,real\nb.png,spoof\n",
    "nopath.csv": "file,label\na.png,real\n",
    "onlypath.csv": "path\na.png\n",
    "badlabel.csv": "path,label\na.png,real\nb.png,maybe\n",
    "oneclass_list.csv": "path,label\na.png,real\nb.png,real\n",
    "missing_list.csv": "path,label\na.png,real\nabsent.png,spoof\n",
    "escape_list.csv": "path,label\na.png,real\n../secret.png,spoof\n",
    "absolute_list.csv": "path,label\na.png,real\n/etc/hostname,spoof\n",
    "emptypath.csv": "path,label\na.png,real\n,spoof\n",
    "widerow.csv": "path,label\na.png,real\nb.png,spoof,extra\n",
    "double_list.csv": "path,label\na.png,real\na.png,real\nb.png,spoof\n",
    "badsplit.csv": "path,label,split\na.png,real,train\nb.png,spoof,validation\n",
    "header_list.csv": "path,label\n",
    "semicolon_list.csv": "path;label\na.png;real\n",
    "contradiction.csv": "path,label,attack_type\na.png,real,print\nb.png,spoof,print\n",
    "loop_list.csv": "path,label\na.png,real\nloop_folder,spoof\n",
    "typofile.csv": "path,label\na.png,real\ntext.txt,spoof\n",
    "unknowncolumn.csv": "path,label,subjects\na.png,real,1\nb.png,spoof,2\n",
    "taken_domain.csv": "path,label,domain\na.png,real,../x\nb.png,spoof,../x\n",
}


class Payload:
    """Runs a program when it is unpickled in full."""

    def __reduce__(self):
        return os.system, ("touch trap",)


def build(root, data, archive):
    """Fill a folder.

    Args:
        root: An empty folder.
        data: A synthetic set.
        archive: write_archive of the tests of archives.
    """
    shutil.copytree(data, root / "data")
    for name in ("empty_folder", "full", "nolists/frame", "nolists/txt", "noimages", "readme"):
        (root / name).mkdir(parents=True)
    (root / "full/file.txt").write_text("mine")
    for name in ("pictures/real", "pictures/spoof", "oneclass/real", "emptyclass/real", "emptyclass/spoof/print"):
        (root / name).mkdir(parents=True)
    for name in ("pictures/real/a.png", "pictures/spoof/b.png", "oneclass/real/a.png", "emptyclass/real/a.png"):
        (root / name).write_bytes(png())
    shutil.copytree(data / "txt", root / "noimages/txt")
    for name, text in {**CONTENTS, **SCORES, **LISTS}.items():
        (root / name).write_text(text, encoding="utf-8")
    for name in ("a.png", "b.png", "picture.png", "picture.py", "picture.csv", "picture.pth"):
        (root / name).write_bytes(png())
    for name in ("empty.csv", "empty.pth", "empty.png", "zero.json"):
        (root / name).touch()
    noise = np.random.default_rng(1).bytes(5000)
    for name in ("noise.bin", "noise.csv", "noise.pth", "noise.json"):
        (root / name).write_bytes(noise)
    (root / "noise.py").write_bytes(noise)
    (root / "utf16.csv").write_text(scores(), encoding="utf-16")
    (root / "utf16.py").write_text(BASE, encoding="utf-16")
    (root / "latin.csv").write_text(cell(1, "Jörg"), encoding="latin-1")
    (root / "nul.csv").write_bytes(cell(1, "a\0b").encode())
    (root / "scores.csv.gz").write_bytes(gzip.compress(scores().encode()))
    (root / "gzip.csv").write_bytes(gzip.compress(scores().encode()))
    (root / "dangling.csv").symlink_to("nowhere")
    (root / "dangling.pth").symlink_to("nowhere")
    (root / "loop.csv").symlink_to("loop.csv")
    (root / "file_as_folder").write_text("a file")
    (root / "leads_away").symlink_to(root / "full")
    with zipfile.ZipFile(root / "archive.zip", "w") as file:
        file.writestr("a.txt", "a")
    with tarfile.open(root / "archive.tar", "w") as file:
        file.add(root / "text.txt", "text.txt")
    (root / "golden_empty.json").write_text("{}")
    (root / "golden_other.json").write_text('{"models": {"it": 3}}')
    (root / "golden_list.json").write_text("[]")
    (root / "golden_number.json").write_text('{"models": 3}')
    (root / "loop_folder").symlink_to("loop_folder")
    os.mkfifo(root / "pipe.png")
    os.mkfifo(root / "pipe.json")
    _checkpoints(root)
    _calibration(root)
    archive(
        "oulu_npu",
        root / "raw",
        ["oulu/train/real/1_1_01_1_frame0.png", "oulu/train/fake/1_1_01_2_frame0.png"],
        media=True,
    )
    shutil.copytree(root / "raw", root / "converted_before/in/raw")
    (root / "raw_empty").mkdir()
    (root / "raw_other").mkdir()
    (root / "raw_other/photo.jpg").write_bytes(png())
    _broken_lists(root, data)


def _checkpoints(root):
    torch.save({"state_dict": {"a": torch.ones(2)}, "meta": {}}, root / "other.pth")
    torch.save([torch.ones(2)], root / "list.pth")
    torch.save({"state_dict": {}}, root / "nothing.pth")
    torch.save({"state_dict": 3}, root / "number.pth")
    for arch in ("V2", "V9"):
        torch.save({"module.bn.bias": torch.ones(2)}, root / f"2.7_80x80_MiniFASNet{arch}.pth")
    for name in ("payload.pth", "4_0_0_80x80_MiniFASNetV1SE.pth"):
        torch.save({"x": Payload()}, root / name)
    (root / "pickle.pth").write_bytes(pickle.dumps(Payload()))
    whole = (root / "other.pth").read_bytes()
    (root / "cut.pth").write_bytes(whole[: len(whole) // 2])
    flipped = bytearray(whole)
    flipped[len(flipped) // 2] ^= 0x10
    (root / "flipped.pth").write_bytes(flipped)
    (root / "safe.safetensors").write_bytes(struct.pack("<Q", 2**40) + b"{}")
    clip = {"visual.proj": torch.ones(2, 2), "text_projection": torch.ones(2, 2)}
    torch.save({"state_dict": clip}, root / "clip.pth")


def _calibration(root):
    """A model file, and scores and folders to calibrate it with."""
    inputs = (InputSpec((8, 8), (0.0,) * 3, (255.0,) * 3),)
    run = dict(name="CI->M", protocol="p1", sources=["C", "I"], target="M", shots=0, holdout=0.0)
    card = ModelCard("tiny", dict(network="none"), inputs, training=dict(format=1, run=run, seed=0))
    write_safetensors(root / "card.safetensors", card, dict(a=np.ones(2, np.float32)))
    save_file(dict(a=np.ones(2, np.float32)), root / "nocard.safetensors")
    own = InputSpec((32, 32), (0.0,) * 3, (255.0,) * 3)
    faces = dict(detector="given", margin_source="given at the export")
    working = ModelCard("working", ARCHITECTURES["vit"], (own,), faces=faces, prompts=PROMPTS)
    weights = random_network("vit").state_dict()
    write_safetensors(root / "working.safetensors", working, {name: value.numpy() for name, value in weights.items()})
    rng = np.random.default_rng(0)
    for name, count, gap, domain in (
        ("cal_good", 40, 3.0, "O"),
        ("cal_few", 10, 3.0, "O"),
        ("cal_chance", 40, 0.0, "O"),
        ("cal_reversed", 40, -3.0, "O"),
        ("cal_trained", 40, 3.0, "C"),
    ):
        rows = [HEADER]
        for i in range(2 * count):
            score = 1 / (1 + np.exp(-rng.normal(gap * (i % 2 - 0.5))))
            rows.append(f"{i}.png,v{i},,{domain},{('print', 'bonafide')[i % 2]},{i % 2},{score}")
        (root / f"{name}.csv").write_text("\n".join(rows))
    for name in ("cal_empty/real", "cal_empty/spoof", "cal_half/real"):
        (root / name).mkdir(parents=True)


def _broken_lists(root, data):
    """Data roots with one list that is wrong."""
    wrong = {
        "utf16": lambda path: path.write_text("msu/train/real/real_client001_android_SD_scene01_frame0.png", encoding="utf-16"),
        "label": lambda path: path.write_text("msu/train/real/real_client001_android_SD_scene01_frame0.png 1\n"),
        "backslash": lambda path: path.write_text("msu\\train\\real\\real_client001_android_SD_scene01_frame0.png\n"),
        "otherclass": lambda path: path.write_text(
            "msu/train/fake/attack_client001_android_SD_ipad_video_scene01_frame0.png\n"
        ),
        "name": lambda path: path.write_text("msu/train/real/photo.png\n"),
        "blank": lambda path: path.write_text("\n\n"),
        "folder": lambda path: (path.unlink(), path.mkdir()),
        "png": lambda path: path.write_bytes(png()),
        "escape": lambda path: path.write_text("../../etc/1_1_01_1_frame0.png\n"),
    }
    for name, change in wrong.items():
        (root / f"list_{name}").mkdir()
        shutil.copytree(data / "txt", root / f"list_{name}/txt")
        (root / f"list_{name}/frame").symlink_to(root / "data/frame")
        path = root / f"list_{name}/txt/msu_real_train.txt"
        change(path)


def tree(root):
    """Every path below a folder, with size and change time of files."""
    found, folders = {}, [root]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                stat = entry.stat(follow_symlinks=False)
                found[entry.path] = None if entry.is_dir(follow_symlinks=False) else (stat.st_size, stat.st_mtime_ns)
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
    return found
