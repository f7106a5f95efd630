# SPDX-License-Identifier: Apache-2.0
"""Write a model file from a checkpoint and its config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mmengine.config import Config

from flip_mm.datasets.protocols import run_of
from flip_mm.export.card import model_card
from flip_mm.export.face_facts import face_facts
from flip_mm.export.parity import Parity
from flip_mm.export.pipeline_facts import pipeline_facts
from flip_mm.export.plain_network import network_for
from flip_mm.export.probes import choose_probes, folder_crops
from flip_mm.export.record_facts import decision_of, license_note, training_facts
from flip_mm.export.trained_runtime import TrainedRuntime
from flip_mm.export.write_model import check_request, write_model
from flip_mm.inference.model_card import Decision, ModelCard

from .trained_model import build_trained, read_checkpoint

PIPELINE = "test_dataloader.dataset.pipeline"


@dataclass(frozen=True)
class ExportOptions:
    """What a model file contains, and how it is compared with PyTorch.

    Attributes:
        precision: ``'fp32'``, ``'fp16'`` or ``'int8'``.
        calibration_images: Folder of face crops for static int8; None for dynamic int8.
        faces: Face detector of predictions, or ``'given'``; None takes the one in the manifests of the training data.
        margin: Around a face box on each side; None takes the one in the manifests of the training data.
        crop_size: Side of a face crop in pixels; None for that of the network.
        threshold: On ``p_real``; None takes one that the training fitted on held-out videos, if there is one.
        license: Note on the licence of weights and data; '' names the initial weights.
        name: Name of the model; '' for the name of the file.
        probes: Number of test images for the comparison.
        requires_data: Whether test images are required; otherwise synthetic ones are used if there is no data set.
    """

    precision: str = "fp32"
    calibration_images: Path | None = None
    faces: str | None = None
    margin: float | None = None
    crop_size: int | None = None
    threshold: float | None = None
    license: str = ""
    name: str = ""
    probes: int = 200
    requires_data: bool = False


def export_model(cfg: Config, checkpoint: Path, out: Path, options: ExportOptions | None = None) -> tuple[ModelCard, Parity]:
    """Write a model file.

    Args:
        cfg: The config.
        checkpoint: Of a training, or a deployed one.
        out: ``.safetensors``, ``.onnx`` or ``.xml``.
        options: What it contains.

    Returns:
        The card in the file, and the comparison with PyTorch.

    Raises:
        ImportError: A package is missing.
        OSError: A file cannot be read or written.
        RuntimeError: Loading the checkpoint would run code in it.
        ValueError: The checkpoint does not fit the config, the model cannot be written in this format, or the file gives
            other answers. No file is written.
    """
    options = options or ExportOptions()
    check_request(out.suffix, options.precision)
    dataset = cfg.test_dataloader.dataset
    pipeline = pipeline_facts(dataset.pipeline, PIPELINE)
    state, meta = read_checkpoint(checkpoint)
    record = meta.get("flip_mm") or {}
    faces = face_facts(dataset.get("data_root"), _train_domains(record, dataset), options.faces, options.margin)
    if meta.get("deployed_by") and cfg.model.type == "FLIP":
        cfg.model.deploy = True
    model = build_trained(cfg, checkpoint, state, meta)
    plain = network_for(model, out.suffix)
    crop = dict(margin=faces.pop("margin", None), crop_size=options.crop_size)
    crop = {name: value for name, value in crop.items() if value is not None}
    card = model_card(model, plain, pipeline, training_facts(record), options.name or out.stem, faces, crop)
    decision = decision_of(record) if options.threshold is None else Decision(options.threshold, options.threshold)
    card = replace(card, decision=decision, license=options.license or license_note(record))
    probes = choose_probes(dataset, card.inputs[0], pipeline.colour, options.probes, options.requires_data)
    calibration = options.calibration_images and folder_crops(options.calibration_images, card.inputs[0])
    trained = TrainedRuntime(model, card, pipeline.colour)
    return write_model(plain.network, card, trained, probes, out, options.precision, calibration)


def _train_domains(record: Mapping[str, Any], dataset: Mapping[str, Any]) -> list[str]:
    """Return the domains of the training, by its record or else by the config."""
    run = record.get("run") or {}
    if run:
        return [*(run.get("sources") or ()), *(run.get("aux") or ())]
    return [*run_of(dataset["run"]).train_domains] if dataset.get("run") else []
