# SPDX-License-Identifier: Apache-2.0
"""A trained model: scores, embeddings and maps of images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from flip_mm.apis.trained_model import build_trained
from flip_mm.explain.evidence import Evidence
from flip_mm.explain.network_evidence import NoMapError, network_evidence
from flip_mm.explain.occlusion import occlusion_evidence
from flip_mm.export.any_network import AnyNetwork
from flip_mm.export.plain_network import NoPlainNetworkError, plain_network
from flip_mm.inference.outputs import Outputs, check_finite
from flip_mm.networks.image_tower import ImageTowerClassifier

from .run_folder import RunFolder


class TrainedNetwork:
    """A trained model. It has what the maps of :mod:`flip_mm.explain` read from a runtime.

    Args:
        run: The work dir.
        device: ``'cpu'``, ``'cuda'`` ...

    Raises:
        ValueError: The checkpoint does not fit the config, or the device cannot be used.
    """

    def __init__(self, run: RunFolder, device: str = "cpu") -> None:
        cfg = run.cfg
        if run.meta.get("deployed_by") and cfg.model.type == "FLIP":
            cfg.model.deploy = True
        model = build_trained(cfg, run.checkpoint, run.state, run.meta, f"the config of '{run.folder}'")
        self.is_bgr = ends_in_bgr(cfg.test_dataloader.dataset.pipeline)
        try:
            self.network: nn.Module = plain_network(model).network
        except NoPlainNetworkError:
            self.network = AnyNetwork(model)
            # Maps look for the part of the network that sees the image.
            self.network.tower = model.backbone
        try:
            self.model, self.device = model.to(device), torch.device(device)
            self.network.to(device).eval()
        except (RuntimeError, AssertionError) as error:
            raise ValueError(f"The device '{device}' cannot be used: {str(error).splitlines()[0]}") from error
        self.normalise = [self._normalised]

    def __call__(self, crops: Sequence[np.ndarray]) -> Outputs:
        """Return the logits of crops, for maps by occlusion.

        Args:
            crops: One array (N, h, w, 3) uint8 RGB.
        """
        with torch.inference_mode():
            logits, _ = self.network(self._normalised(torch.from_numpy(np.ascontiguousarray(crops[0]))))
        return Outputs(logits.float().cpu().numpy())

    @torch.inference_mode()
    def scores(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Score a batch.

        Args:
            crops: (N, h, w, 3) uint8 RGB.

        Returns:
            p_real (N,) float64, and the l2-normalised image embeddings (N, d) float32 that the head classifies.

        Raises:
            ValueError: A logit is not finite.
        """
        images = self._normalised(torch.from_numpy(np.ascontiguousarray(crops)))
        if isinstance(self.network, ImageTowerClassifier):
            features = self.network.embed(images)
            logits = self.network.head(features)[0]
        else:
            features = self.model.extract_feat(images)
            logits = self.network(images)[0]
        outputs = check_finite(Outputs(logits.float().cpu().numpy()))
        return outputs.p_real(), _pooled(features).cpu().numpy()

    def maps(self, crop: np.ndarray) -> Evidence:
        """Return the maps of a crop (h, w, 3) uint8 RGB, by gradients where they are possible, otherwise by occlusion."""
        try:
            return network_evidence(self, [crop])[0]
        except NoMapError:
            return occlusion_evidence(self, [crop])[0]

    def _normalised(self, crops: Tensor) -> Tensor:
        images = crops.permute(0, 3, 1, 2).to(self.device)
        if self.is_bgr:
            images = images.flip(1)
        return self.model.data_preprocessor(dict(inputs=images.contiguous()))["inputs"]


def ends_in_bgr(pipeline: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether a pipeline, which reads images as BGR, ends in BGR.

    Example:
        >>> ends_in_bgr([dict(type="LoadFrame"), dict(type="NumpyToPIL", to_rgb=True), dict(type="PILToNumpy")])
        False
    """
    return sum(bool(step.get("to_rgb") or step.get("to_bgr")) for step in pipeline) % 2 == 0


def _pooled(features: Any) -> Tensor:
    """The last of the features as (N, d), l2-normalised; maps are averaged over their places."""
    last = features if isinstance(features, Tensor) else features[-1]
    if last.ndim == 3:
        last = last[:, 0]
    last = last.float().flatten(2).mean(-1) if last.ndim > 2 else last.float()
    return nn.functional.normalize(last, dim=-1)
