# SPDX-License-Identifier: Apache-2.0
"""Kernel subspace alignment and a linear classifier, fitted once to features."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import torch
import torch.nn.functional as F
from mmpretrain.models.heads import ClsHead
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from sklearn.svm import SVC
from torch import Tensor

from flip_mm.models.evenly_spaced import evenly_spaced

# Eigenvalues below this share of the largest one are rounding noise.
SMALLEST = 1e-10


class Subspaces(NamedTuple):
    """Aligned kernel subspaces of source and target.

    Attributes:
        source: (N_s, d) coordinates of the source images in the target's subspace.
        target: (N_t, d) coefficients: the coordinates of an image are its centred kernel with the target images times these.
        alignment: (d, d): scalar products of the axes of both subspaces.
    """

    source: Tensor
    target: Tensor
    alignment: Tensor


def align(source: Tensor, cross: Tensor, target: Tensor, variance: float, most: int) -> Subspaces:
    """Align two kernel subspaces.

    Args:
        source: (N_s, N_s) kernel of the source images.
        cross: (N_s, N_t) kernel between both domains.
        target: (N_t, N_t) kernel of the target images.
        variance: Share of the source's variance that the subspaces keep.
        most: Largest number of their dimensions d.
    """
    source, cross, target = (centred(kernel) for kernel in (source, cross, target))
    (values, source_axes), (_, target_axes) = components(source), components(target)
    kept = int((values.cumsum(0) < variance * values.sum()).sum()) + 1
    kept = min(kept, most, source_axes.shape[1], target_axes.shape[1])
    source_axes, target_axes = source_axes[:, :kept], target_axes[:, :kept]
    alignment = source_axes.T @ cross @ target_axes
    return Subspaces(source @ source_axes @ alignment, target_axes, alignment)


def centred(kernel: Tensor) -> Tensor:
    """Return the kernel of features minus their mean over each domain."""
    return kernel - kernel.mean(0, keepdim=True) - kernel.mean(1, keepdim=True) + kernel.mean()


def components(kernel: Tensor) -> tuple[Tensor, Tensor]:
    """Return eigenvalues (d,), the largest first, and eigenvectors (N, d) divided by their roots, of a centred kernel."""
    values, vectors = torch.linalg.eigh(kernel)
    values, vectors = values.flip(0), vectors.flip(1)
    kept = values > SMALLEST * values[0]
    return values[kept], vectors[:, kept] / values[kept].sqrt()


@MODELS.register_module()
class KSAHead(ClsHead):
    r"""Kernel subspace alignment, in the spirit of Li et al. (TIFS 2018), after Fernando et al. (ICCV 2013).

    Features are l2-normalised. Source and target images get the axes of their kernel PCA; the source coordinates are moved
    onto the target's axes, and a linear support vector machine separates them. The score of an image is the sigmoid of its
    decision value :math:`\sum_j c_j k(x, x_j) + b` over the target images :math:`x_j`. :meth:`fit` needs no gradient.

    Args:
        in_channels: Length of a feature.
        kernel: ``'rbf'`` with the median of the squared distances of source images as width; or ``'linear'``, which is
            plain subspace alignment.
        variance: Share of the source's variance that the subspaces keep.
        max_components: Largest number of dimensions.
        memory_size: Most images of a domain; of more images, this number is taken at equal distances in their list.
        **kwargs: Arguments of MMPretrain's ``ClsHead``.

    Attributes:
        memory (Tensor): (memory_size, in_channels) features of target images, zero where it is empty.
        coefficients (Tensor): (memory_size,).
        hinge (Tensor): Mean hinge loss of the source images at the fit; NaN before it.

    Raises:
        ValueError: The kernel is unknown.
    """

    def __init__(
        self,
        in_channels: int,
        kernel: Literal["rbf", "linear"] = "rbf",
        variance: float = 0.98,
        max_components: int = 100,
        memory_size: int = 4096,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if kernel not in ("rbf", "linear"):
            raise ValueError(f"model.head.kernel={kernel!r} must be 'rbf' or 'linear'.")
        self.kernel, self.variance, self.max_components = kernel, variance, max_components
        self.register_buffer("memory", torch.zeros(memory_size, in_channels))
        self.register_buffer("coefficients", torch.zeros(memory_size))
        for name, value in dict(offset=0.0, gamma=1.0, hinge=float("nan")).items():
            self.register_buffer(name, torch.tensor(value))

    @property
    def is_fitted(self) -> bool:
        """Whether :meth:`fit` was called, or a checkpoint with its result was loaded."""
        return not self.hinge.isnan()

    @torch.no_grad()
    def fit(self, source: Tensor, classes: Tensor, target: Tensor) -> Subspaces:
        """Fit the subspaces and the classifier.

        Args:
            source: (N_s, in_channels) features of labelled images.
            classes: (N_s,), 0 spoof, 1 real.
            target: (N_t, in_channels) features of unlabelled images.
        """
        size = len(self.memory)
        kept, device = evenly_spaced(len(source), size), self.memory.device
        source, classes = F.normalize(source.double().cpu()[kept]), classes.cpu()[kept]
        target = F.normalize(target.double().cpu()[evenly_spaced(len(target), size)])
        gamma = 1 / torch.cdist(source, source).square().median()
        kernels = (_kernel(self.kernel, gamma, *pair) for pair in ((source, source), (source, target), (target, target)))
        spaces = align(*kernels, self.variance, self.max_components)
        machine = SVC(kernel="linear", C=1.0).fit(spaces.source.numpy(), classes.numpy())
        weight, bias = torch.tensor(machine.coef_[0]), float(machine.intercept_[0])
        coefficients = spaces.target @ weight
        # The coefficients sum to zero: of the centring, only the mean of each target image remains.
        offset = bias - coefficients @ _kernel(self.kernel, gamma, target, target).mean(0)
        decision = spaces.source @ weight + bias
        self.memory.zero_()[: len(target)] = target.to(self.memory)
        self.coefficients.zero_()[: len(target)] = coefficients.to(self.coefficients)
        hinge = (1 - decision * (2 * classes - 1)).clamp(min=0).mean()
        for name, value in dict(offset=offset, gamma=gamma, hinge=hinge).items():
            getattr(self, name).copy_(value.to(device))
        return spaces

    def pre_logits(self, feats: tuple[Tensor, ...]) -> Tensor:
        """Return the features (N, in_channels) with unit length."""
        return F.normalize(feats[-1])

    def forward(self, feats: tuple[Tensor, ...]) -> Tensor:
        """Return logits (N, 2): 0 and the decision value, so that the softmax is its sigmoid.

        Raises:
            RuntimeError: It was not fitted.
        """
        if not self.is_fitted:
            raise RuntimeError("KSAHead is not fitted: a training with custom_hooks=[dict(type='FitOnceHook')] fits it.")
        x = self.pre_logits(feats)
        kernel = _kernel(self.kernel, self.gamma.to(x), x, self.memory.to(x))
        decision = kernel @ self.coefficients.to(x) + self.offset.to(x)
        return torch.stack([torch.zeros_like(decision), decision], 1)

    def loss(self, feats: tuple[Tensor, ...], data_samples: list[DataSample], **kwargs: Any) -> dict[str, Tensor]:
        """Return the hinge loss of the fit, to be logged; it has no gradient."""
        return dict(loss=self.hinge.clone())


def _kernel(kind: str, gamma: Tensor, a: Tensor, b: Tensor) -> Tensor:
    return a @ b.T if kind == "linear" else torch.exp(-gamma * torch.cdist(a, b).square())
