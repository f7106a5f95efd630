# SPDX-License-Identifier: Apache-2.0
"""A card as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flip_mm.utils.text import safe_text

from .model_card import InputSpec, ModelCard

CROPS = {"square": "square around the face", "shifted": "face box, shifted into the picture", "whole": "the whole picture"}
SIZES = ("depth", "timm_model_name", "patch_size", "width", "layers")
METRICS = ("HTER", "AUC", "TPR@FPR=1%")
WIDTH = 15


def card_text(card: ModelCard) -> str:
    """Return a card as lines of a name and what is known; what is unknown is said."""
    lines = (f"{name:<{WIDTH}}{safe_text(text, keep='')}" for name, text in _rows(card))
    return "\n".join(line.rstrip() for line in lines)


def _rows(card: ModelCard) -> Iterator[tuple[str, str]]:
    yield "model", f"{card.name}, {_architecture(card.architecture)}"
    yield "made by", card.made_by or "unknown"
    for spec in card.inputs:
        yield "input", _input(spec)
        yield "crop", _crop(spec)
    yield "faces", _faces(card.faces)
    yield "output", "p_real = softmax of two logits (spoof, real), without calibration"
    yield "threshold", _decision(card)
    yield "calibration", f"temperature {card.temperature:.4g}" if card.calibration else "none"
    for label in ("spoof", "real"):
        for number, sentence in enumerate(card.prompts.get(label, ())):
            yield "" if number else f"{label} prompts", sentence
    yield from _training(card.training)
    yield "licence", card.license or "unknown"
    yield from _export(card)
    yield "sha256", card.sha256 or "none"


def _architecture(architecture: Mapping[str, Any]) -> str:
    if not architecture:
        return "a graph of another kind of model"
    vision, head = (_part(architecture, key) for key in ("vision_cfg", "head"))
    parts = [str(architecture.get("network"))]
    parts += [f"{key} {found[key]}" for found in (architecture, vision) for key in SIZES if key in found]
    parts += [f"head {head['kind']}"] if "kind" in head else []
    return ", ".join(parts)


def _input(spec: InputSpec) -> str:
    mean, std = (" ".join(f"{value:.4g}" for value in values) for values in (spec.mean, spec.std))
    size = f"{spec.size[0]} x {spec.size[1]} {spec.colour}, resized by {spec.resize}"
    return f"{size}, normalised by mean {mean} and std {std}"


def _crop(spec: InputSpec) -> str:
    if spec.crop != "square":
        return CROPS[spec.crop] + (f", enlarged {spec.scale:.4g} times" if spec.crop == "shifted" else "")
    eyes = ", eyes made level" if spec.level_eyes else ""
    return f"{CROPS['square']}, margin {spec.margin:.4g} on each side, {spec.crop_size} px{eyes}"


def _faces(faces: Mapping[str, Any]) -> str:
    if not faces.get("detector"):
        return "unknown how the faces of the training data were found; predictions need --faces"
    more = "; ".join(f"{key}: {value}" for key, value in faces.items() if key != "detector")
    return f"{faces['detector']}" + (f" ({more})" if more else "")


def _decision(card: ModelCard) -> str:
    found = card.decision
    if found is None:
        return "none: every verdict is 'unsure' until flip_mm calibrate, or --threshold"
    band = f"live from {found.accept:.6g}"
    if found.reject < found.accept:
        band += f", spoof below {found.reject:.6g}, a person decides between"
    data = ", ".join(f"{key} {value}" for key, value in found.data.items() if isinstance(value, (str, int, float)))
    rule = "" if found.rule in found.origin else f"rule {found.rule}, "
    return f"{band}; {rule}{found.origin}" + (f" ({data})" if data else "")


def _training(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not record:
        yield "training", "unknown"
        return
    run, config, done = (_part(record, key) for key in ("run", "config", "iterations"))
    yield (
        "training",
        ", ".join(
            [
                str(config.get("name", "config unknown")),
                f"{run.get('name', 'run unknown')} (protocol {run.get('protocol', 'unknown')})",
                f"seed {record.get('seed', 'unknown')}",
                f"iteration {_part(record, 'checkpoint').get('iteration', 'unknown')} of {done.get('planned', 'unknown')}",
            ]
        ),
    )
    yield "checkpoint", _selection(_part(record, "checkpoint"))
    rules = (_rule(item) for item in record.get("weights") or () if isinstance(item, Mapping))
    yield "weights from", ", ".join(rules) or "random numbers, or unknown"
    for item in record.get("validations") or ():
        for report in _part(item, "reports").values():
            yield f"metrics {report.get('role', 'unknown')}"[: WIDTH - 1], _report(report)


def _selection(checkpoint: Mapping[str, Any]) -> str:
    metric = str(checkpoint.get("metric") or "")
    if not metric:
        return f"chosen as {checkpoint.get('selection', 'unknown')}"
    return f"chosen by {metric}" + (", with labels of the target" if metric.startswith("target/") else "")


def _rule(weights: Mapping[str, Any]) -> str:
    return f"{weights.get('name', 'unknown')} ({weights.get('source', '')})"


def _report(report: Mapping[str, Any]) -> str:
    figures = _part(report, "figures")
    cells = [f"{name} {figures[name]:.2f}" for name in METRICS if isinstance(figures.get(name), (int, float))]
    bpcer = _part(report, "BPCER")
    apcer = [(name, rate) for name, rate in _part(report, "APCER").items() if isinstance(rate, Mapping)]
    if apcer:
        name, worst = max(apcer, key=lambda item: item[1].get("percent", 0))
        cells.append(f"APCER {_rate(worst)} ({name})")
    cells += [f"BPCER {_rate(bpcer)}"] if bpcer else []
    counts = f"{report.get('real')} real and {report.get('spoof')} spoof {report.get('level')}s"
    return f"{'  '.join(cells)}; {counts}; {report.get('rule')}"


def _rate(rate: Mapping[str, Any]) -> str:
    low, high = (rate.get("wilson_95") or (None, None))[:2]
    interval = "" if low is None else f" [{low:.1f}, {high:.1f}]"
    return f"{rate.get('percent', float('nan')):.2f}{interval}"


def _export(card: ModelCard) -> Iterator[tuple[str, str]]:
    export = card.export
    precision = ", ".join(str(export[key]) for key in ("precision", "quantisation") if key in export)
    packages = ", ".join(f"{name} {version}" for name, version in _part(export, "versions").items())
    yield "file", "; ".join(filter(None, (precision, packages))) or "unknown"
    parity = _part(export, "parity")
    if not parity:
        yield "parity", "not compared with the trained model"
        return
    yield (
        "parity",
        f"p_real differs from PyTorch by at most {parity.get('p_difference'):.1e} on {parity.get('images')} "
        f"{parity.get('probes')}; {parity.get('flips')} verdicts differ at {parity.get('threshold'):.4g} "
        f"({parity.get('threshold_origin')})",
    )
    ours, theirs = _part(parity, "file"), _part(parity, "pytorch")
    if ours:
        yield "", "PyTorch -> file: " + ", ".join(f"{name} {theirs[name]:.2f} -> {ours[name]:.2f}" for name in ours)


def _part(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = values.get(key)
    return found if isinstance(found, Mapping) else {}
