# SPDX-License-Identifier: Apache-2.0
"""Divide the training images into pseudo-domains at regular intervals, and draw the batches from them."""

from __future__ import annotations

import numpy as np
import torch
from mmengine.dist import broadcast, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS
from torch.utils.data import DataLoader

from flip_mm.datasets.protocols import ADAPT
from flip_mm.datasets.pseudo_domains import pseudo_domains
from flip_mm.labels import LIST_WORDS
from flip_mm.models.evaluation_mode import evaluation_mode

from .checks.weights_fit import unwrap
from .console.printing import show

KEY = "pseudo_domains"


@HOOKS.register_module()
class PseudoDomainHook(Hook):
    """Clusters the training images before the training and after every ``interval`` iterations (D2AM, AAAI 2021).

    The model's ``domain_features(inputs, first)`` gives (N, d) features of a batch; ``first`` is True before the training.
    Every batch then has ``batch_size`` images of every (pseudo-domain, class), and each sample has its ``pseudo_domain``.
    Labels of domains are not used. Checkpoints hold the pseudo-domains; a resumed training continues with them.

    Args:
        num_domains: Number of pseudo-domains.
        interval: Iterations of an epoch: one clustering each.
        pairing: See :func:`~flip_mm.datasets.pseudo_domains.pseudo_domains`.
        batch_size: Images in one forward pass.
    """

    def __init__(self, num_domains: int, interval: int, pairing: str = "hungarian", batch_size: int = 64) -> None:
        self.num_domains, self.interval = num_domains, interval
        self.pairing, self.batch_size = pairing, batch_size
        # Pseudo-domain of each sample of the data set; -1 for one that no labelled stream contains.
        self.domains: torch.Tensor | None = None

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Store the pseudo-domains."""
        checkpoint[KEY] = self.domains

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Read them, if a training is resumed."""
        if runner._resume:
            self.domains = checkpoint.get(KEY)

    def before_train(self, runner: Runner) -> None:
        """Cluster, or continue with the pseudo-domains of the checkpoint."""
        if self.domains is None:
            self._cluster(runner, first=True)
        self._set_streams(runner)

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: dict | None = None) -> None:
        """Set ``pseudo_domain`` of each sample."""
        for sample in data_batch["data_samples"]:
            sample.set_metainfo(dict(pseudo_domain=int(self.domains[sample.sample_idx])))

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None, outputs: dict | None = None
    ) -> None:
        """Cluster at the end of an epoch."""
        if (runner.iter + 1) % self.interval == 0 and runner.iter + 1 < runner.max_iters:
            self._cluster(runner, first=False)
            self._set_streams(runner)
            runner.train_loop.redraw()

    def _cluster(self, runner: Runner, first: bool) -> None:
        """Set ``domains``, equal for all processes."""
        dataset = runner.train_dataloader.dataset
        domains = torch.full((len(dataset),), -1, dtype=torch.long)
        if is_main_process():
            streams = dataset.streams
            indices = np.unique(np.concatenate([own for (_, name), own in streams.items() if name != ADAPT]))
            features, labels = self._features(runner, indices, first)
            previous = None if self.domains is None else self.domains[indices].numpy()
            found = pseudo_domains(features, labels, self.num_domains, previous, self.pairing, runner.seed % 2**32)
            domains[indices] = torch.from_numpy(found)
            sizes = ", ".join(map(str, np.bincount(found, minlength=self.num_domains)))
            show(runner.logger, f"Pseudo-domains of {sizes} images, by K-means.")
        device = next(runner.model.parameters()).device
        domains = domains.to(device)
        broadcast(domains)
        self.domains = domains.cpu()

    @torch.no_grad()
    def _features(self, runner: Runner, indices: np.ndarray, first: bool) -> tuple[np.ndarray, np.ndarray]:
        """Features (N, d) and labels (N,) of samples, in evaluation mode."""
        loader = runner.train_dataloader
        # With a seed the training's transforms give the same image each time.
        seeded = [(index, 0) for index in indices.tolist()]
        batches = [seeded[start : start + self.batch_size] for start in range(0, len(seeded), self.batch_size)]
        # A generator of its own: the data loader draws a seed, which would change the random numbers of the training.
        own = DataLoader(
            loader.dataset,
            batch_sampler=batches,
            num_workers=loader.num_workers,
            collate_fn=loader.collate_fn,
            generator=torch.Generator(),
        )
        model = unwrap(runner.model)
        features, labels = [], []
        with evaluation_mode(model):
            for data in own:
                data = model.data_preprocessor(data, False)
                features.append(model.domain_features(data["inputs"], first).float().cpu())
                labels += [sample.gt_label.item() for sample in data["data_samples"]]
        return torch.cat(features).numpy(), np.array(labels)

    def _set_streams(self, runner: Runner) -> None:
        """Let the batch sampler draw from (pseudo-domain, class)."""
        loader = runner.train_dataloader
        of_class = {name: np.zeros(len(self.domains), bool) for name in LIST_WORDS}
        for (_, name), own in loader.dataset.streams.items():
            if name in of_class:
                of_class[name][np.asarray(own)] = True
        streams = {
            (f"pseudo-domain {number}", name): np.flatnonzero(own & (self.domains.numpy() == number))
            for number in range(self.num_domains)
            for name, own in of_class.items()
        }
        loader.batch_sampler.set_streams(streams)
