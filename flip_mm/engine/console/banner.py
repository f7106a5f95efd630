# SPDX-License-Identifier: Apache-2.0
"""Describe a training or test before it starts, as lines of (name, text), for any model, data set and metric."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.hooks import CheckpointHook
from mmengine.runner import EpochBasedTrainLoop, Runner
from torch import nn
from torch.utils.data import DataLoader

from flip_mm.config_checks.monitored import directions
from flip_mm.datasets import Run
from flip_mm.datasets.sample_table import SampleTable
from flip_mm.engine.checks.weights_fit import unwrap
from flip_mm.evaluation import FASMetric
from flip_mm.evaluation.selection import rule_of
from flip_mm.utils.files import short_path
from flip_mm.utils.text import first_few

Lines = Iterator[tuple[str, str]]
# Of a sample, to count images and videos.
NEEDED = frozenset(("role", "domain", "video_id", "gt_label"))
WORDS = {"less": "lowest", "greater": "highest"}


def training_lines(runner: Runner) -> Lines:
    """Describe a training."""
    yield "run", run_name(runner, runner.train_dataloader)
    yield "trains on", trained_images(runner.train_dataloader.dataset)
    if depth := getattr(runner.train_dataloader.dataset, "depth", ""):
        yield "depth", depth
    if runner.val_loop is not None:
        yield "validates on", tested_images(runner.val_dataloader.dataset)
    yield "method", method(runner.model)
    yield "weights", weights(runner)
    yield "iterations", iterations(runner)
    yield "checkpoint", checkpoint_rule(runner)
    if runner.val_loop is not None:
        yield from metric_lines(runner.val_evaluator.metrics)
    yield "work dir", short_path(runner.work_dir)


def test_lines(runner: Runner) -> Lines:
    """Describe a test."""
    yield "run", run_name(runner, runner.test_dataloader)
    yield "tests on", tested_images(runner.test_dataloader.dataset)
    yield "method", method(runner.model)
    yield "weights", weights(runner)
    yield from metric_lines(runner.test_evaluator.metrics)


def run_name(runner: Runner, loader: DataLoader) -> str:
    """Return the run of the protocol, if the data set has one, and the seed."""
    run = getattr(loader.dataset, "run", None)
    run = run if isinstance(run, Run) else None
    named = "" if run is None else f"{run.name} of protocol {run.protocol}, "
    extra = "" if run is None else "".join(f"{k} {v:g}, " for k in ("shots", "holdout") if (v := getattr(run, k)))
    return f"{named}{extra}seed {runner.seed}"


def trained_images(dataset: Any) -> str:
    """Count the training images of each domain and class."""
    streams = getattr(dataset, "streams", None)
    if not streams or not isinstance(getattr(dataset, "run", None), Run):
        return _samples(dataset)
    domains: dict[str, list[str]] = defaultdict(list)
    for (domain, name), indices in streams.items():
        domains[domain].append(f"{_distinct(indices)} {name}")
    parts = [f"{domain} {' + '.join(counts)}" for domain, counts in domains.items()]
    return f"{', '.join(parts)} images"


def tested_images(dataset: Any) -> str:
    """Count the images of each role, domain and class, and their videos."""
    if not isinstance(getattr(dataset, "run", None), Run):
        return _samples(dataset)
    images: dict[tuple[str, str], Counter] = defaultdict(Counter)
    videos: dict[tuple[str, str], set[str]] = defaultdict(set)
    samples = (
        dataset.data_list if isinstance(dataset.data_list, SampleTable) else map(dataset.get_data_info, range(len(dataset)))
    )
    for sample in samples:
        # A subclass of FASDataset may load other samples.
        if not sample.keys() >= NEEDED:
            return _samples(dataset)
        key = sample["role"], sample["domain"]
        images[key][dataset.metainfo["classes"][sample["gt_label"]]] += 1
        videos[key].add(sample["video_id"])
    parts = []
    for (role, domain), counts in images.items():
        of_class = " + ".join(f"{count} {name}" for name, count in counts.items())
        parts.append(f"{domain} ({role}) {of_class} images of {len(videos[role, domain])} videos")
    return ", ".join(parts)


def method(model: nn.Module) -> str:
    """Return the types of the model and its parts, and its size."""
    model = unwrap(model)
    parts = [type(part).__name__ for name in ("backbone", "head") if (part := getattr(model, name, None)) is not None]
    arch = getattr(getattr(model, "backbone", None), "arch", None)
    parameters = list(model.parameters())
    total, trained = (sum(p.numel() for p in group) / 1e6 for group in (parameters, [p for p in parameters if p.requires_grad]))
    text = type(model).__name__ + (f" with {' and '.join(parts)}" if parts else "")
    return f"{text}{f', arch {arch}' if isinstance(arch, str) else ''}, {total:.1f} M parameters, {trained:.1f} M with gradient"


def weights(runner: Runner) -> str:
    """Say where the weights come from."""
    model = runner.cfg.get("model") or {}
    teacher = (model.get("teacher") or {}).get("checkpoint")
    learned = f", learns from {short_path(teacher)}" if isinstance(teacher, str) else ""
    if runner._load_from:
        return f"{'continued from ' if runner._resume else ''}{short_path(runner._load_from)}{learned}"
    backbone = model.get("backbone") or {}
    init = backbone.get("init_cfg")
    named = backbone.get("pretrained") or (init.get("checkpoint") if isinstance(init, Mapping) else None)
    return f"{named} (backbone){learned}" if named else f"random{learned}"


def iterations(runner: Runner) -> str:
    """Return the number of iterations, the images of each, and the validation interval."""
    loader, loop = runner.train_dataloader, runner.train_loop
    sampler = getattr(loader, "batch_sampler", None)
    streams = len(getattr(sampler, "streams", ())) or 1
    images = (getattr(sampler, "batch_size", None) or 1) * streams * runner.world_size
    is_epochs = isinstance(loop, EpochBasedTrainLoop)
    begin, end = (runner.epoch, runner.max_epochs) if is_epochs else (runner.iter, runner.max_iters)
    text = f"{end} {'epochs' if is_epochs else ''}".strip() + (f", from {begin} on" if begin else "")
    text += f", of {images} images each" if not is_epochs else f", {images} images a step"
    return text + ("" if runner.val_loop is None else f", validation every {getattr(loop, 'val_interval', '?')}")


def device(runner: Runner) -> str:
    """Return the device, and the numbers of processes and threads."""
    device = next((parameter.device for parameter in runner.model.parameters()), torch.device("cpu"))
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type.upper()
    processes, threads = (
        f"{count} {word}{'es' if word == 'process' else 's'}" if count > 1 else f"1 {word}"
        for count, word in ((runner.world_size, "process"), (torch.get_num_threads(), "thread"))
    )
    return f"{name}, {processes}, {threads}{' each' if runner.world_size > 1 else ''}"


def checkpoint_rule(runner: Runner) -> str:
    """Say which checkpoints are kept, and how the best one is chosen."""
    hook = next((hook for hook in runner.hooks if isinstance(hook, CheckpointHook)), None)
    if hook is None:
        return "none is saved"
    unit = "epochs" if hook.by_epoch else "iterations"
    kept = f"every {hook.interval} {unit}" if hook.interval > 0 else "after the last iteration"
    if hook.max_keep_ckpts > 0:
        kept += f", the last {hook.max_keep_ckpts} are kept"
    return "; ".join([kept, *best_rules(runner.cfg)])


def best_rules(cfg: Mapping) -> list[str]:
    """Describe the rule of each best checkpoint; a rule that uses the target is marked as optimistic."""
    names = ((cfg.get("default_hooks") or {}).get("checkpoint") or {}).get("save_best")
    if not names or not cfg.get("val_evaluator"):
        return []
    names, ways = ([value] if isinstance(value, str) or value is None else value for value in (names, directions(cfg)))
    rules = []
    for name, way in zip(names, ways, strict=True):
        rule = rule_of(name)
        optimistic = " (optimistic)" if rule.uses_target else ""
        rules.append(f"best: {WORDS.get(way, 'best')} {name}, {rule.meaning}{optimistic}")
    return rules


def metric_lines(metrics: list) -> Lines:
    """Say how each ``FASMetric`` gets its threshold, and name the other metrics."""
    for metric in metrics:
        if isinstance(metric, FASMetric):
            yield "threshold", metric.options.origin("target").removeprefix("threshold ")
    if others := [type(metric).__name__ for metric in metrics if not isinstance(metric, FASMetric)]:
        yield "metrics", first_few(others)


def title(runner: Runner, action: str) -> str:
    """Return the action, the config and the device."""
    return f"{action} {Path(runner.cfg.filename or runner.experiment_name).stem} on {device(runner)}"


def _distinct(indices: Sequence[int]) -> int:
    return len(indices) if isinstance(indices, range) else len(set(indices))


def _samples(dataset: Any) -> str:
    size = f"{len(dataset)} " if hasattr(dataset, "__len__") else ""
    return f"{size}samples of {type(dataset).__name__}"
