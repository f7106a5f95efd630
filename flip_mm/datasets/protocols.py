# SPDX-License-Identifier: Apache-2.0
"""Which domains train and which one tests: the only place where that is decided."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from .sets import DATA_SETS

# Domain -> stem of its list files.
DOMAINS = {domain: own.stem for domain, own in DATA_SETS.items()}
# Data root of the published protocols -> domains in it.
LAYOUTS = {"MCIO": ("M", "C", "I", "O", "CelebA"), "WCS": ("W", "CeFA", "S", "CelebA")}
# Domains with lists of test images.
TESTED = [domain for domain, own in DATA_SETS.items() if own.lists.test != "none"]
# Protocol -> (sources, target) of its runs, in the order in which the papers write them.
RUNS: dict[str, list[tuple[tuple[str, ...], str]]] = {
    # FLIP section 4.1: leave one out, leave one out, one source each.
    "p1": [(("O", "C", "I"), "M"), (("O", "M", "I"), "C"), (("O", "C", "M"), "I"), (("I", "C", "M"), "O")],
    "p2": [(("CeFA", "S"), "W"), (("S", "W"), "CeFA"), (("CeFA", "W"), "S")],
    "p3": [((source,), target) for source, target in permutations("MCIO", 2)],
    # A set's own division into train and test.
    "intra": [((domain,), domain) for domain in TESTED if DATA_SETS[domain].intra],
    # Limited source domains, a protocol of the field since SSDG.
    "limited": [(("M", "I"), "C"), (("M", "I"), "O")],
    # CelebA-Spoof alone trains (InstructFLIP, ACM MM 2025).
    "celeba": [(("CelebA",), target) for target in TESTED],
}
AUXILIARY = {"p1": ("CelebA",), "p2": ("CelebA",), "p3": ("CelebA",)}
# Role, and name of the stream, of target images that train without their label.
ADAPT = "adapt"
UNLABELLED = ("", "train", "test")
# Dataloader of a config -> the split that it must read.
SPLITS = {"train_dataloader": "train", "val_dataloader": "test", "test_dataloader": "test"}


@dataclass(frozen=True)
class Run:
    """One training and its test.

    Attributes:
        protocol: A key of ``RUNS``.
        sources: Domains that train.
        aux: Auxiliary domains that train as well and are never tested.
        target: The unseen domain; under ``'intra'`` the source itself.
        shots: Target images per class that join training.
        holdout: Share of the source videos kept as development set, 0 up to below 1.
        unlabelled: Which images of the target join training without their label, those of its ``'train'`` or its ``'test'``
            list; ``''`` for none. Results of such a run do not compare with those of one that never saw the target.
    """

    protocol: str
    sources: tuple[str, ...]
    aux: tuple[str, ...]
    target: str
    shots: int = 0
    holdout: float = 0.0
    unlabelled: str = ""

    @property
    def train_domains(self) -> tuple[str, ...]:
        """Sources, then auxiliary domains: the order of a batch."""
        return self.sources + self.aux

    @property
    def sees_target(self) -> bool:
        """Whether training sees images of the target, with their labels (shots, protocol intra) or without."""
        return bool(self.shots or self.unlabelled or self.target in self.train_domains)

    def domain_index(self, domain: str) -> int:
        """Number of a domain: its place in ``train_domains``; the target, where it is none of them, comes next.

        Raises:
            ValueError: The domain has no part in this run.
        """
        order = self.train_domains if self.target in self.train_domains else (*self.train_domains, self.target)
        if domain not in order:
            raise ValueError(f"The domain {domain!r} has no part in the run {self.name}; it has {', '.join(order)}.")
        return order.index(domain)

    @property
    def name(self) -> str:
        """As the papers write it, e.g. ``'OCM->I'``; ``'CeFA+S->W'`` where a domain has more than one letter."""
        separator = "" if all(len(domain) == 1 for domain in self.sources) else "+"
        return f"{separator.join(self.sources)}->{self.target}"


def get_run(
    protocol: str,
    target: str | None = None,
    source: str | None = None,
    shots: int = 0,
    holdout: float = 0.0,
    aux: bool = True,
    unlabelled: str = "",
) -> Run:
    """Look up a run.

    Args:
        protocol: ``'p1'``, ``'p2'``, ``'p3'``, ``'intra'``, ``'limited'``, ``'celeba'`` or a registered one.
        target: The domain to test on.
        source: The domain to train on, for protocols with several runs per target (P3).
        shots: Target images per class that join training, the first ones of its list of shots (5 in the paper).
        holdout: Share of the source videos, 0 up to below 1, taken out of training as development set, whole subjects
            where names tell them.
        aux: Whether the protocol's auxiliary domains train; False leaves CelebA-Spoof out of P1, P2 and P3.
        unlabelled: ``'train'`` or ``'test'``: the target's images of that list join training without their label, for
            unsupervised domain adaptation; ``''`` for none.

    Returns:
        The run.

    Raises:
        ValueError: There is no such protocol or run, more than one fits, or shots, holdout or unlabelled are out of range.

    Example:
        >>> get_run("p1", target="I").train_domains
        ('O', 'C', 'M', 'CelebA')
        >>> get_run("p3", source="C", target="I", aux=False).name
        'C->I'
    """
    if protocol not in RUNS:
        raise ValueError(f"run.protocol={protocol!r} does not exist; choose from {', '.join(RUNS)}.")
    target, source = (_as_written(name, protocol) for name in (target, source))
    fitting = [run for run in RUNS[protocol] if run[1] == target and (source is None or run[0] == (source,))]
    if len(fitting) != 1:
        by_source = len({target for _, target in RUNS[protocol]}) < len(RUNS[protocol])
        runs = ", ".join(f"source={own[0]} target={to}" if by_source else f"target={to}" for own, to in RUNS[protocol])
        raise ValueError(
            f"run.target={target!r}, run.source={source!r}: {'several runs' if fitting else 'no run'} of protocol {protocol} "
            f"{'fit' if fitting else 'fits'}; its runs are {runs}."
        )
    if not isinstance(shots, int) or shots < 0:
        raise ValueError(f"run.shots={shots!r} must be a whole number from 0.")
    if shots and protocol == "intra":
        raise ValueError(f"run.shots={shots}: protocol intra trains on the target's own training set; use 0.")
    if not 0 <= holdout < 1:
        raise ValueError(f"run.holdout={holdout!r} must be a share of the source videos, 0 up to below 1.")
    if unlabelled not in UNLABELLED:
        raise ValueError(
            f"run.unlabelled={unlabelled!r} must be 'train' or 'test', the list of the target whose images train without "
            "labels, or ''."
        )
    if unlabelled and protocol == "intra":
        raise ValueError(f"run.unlabelled={unlabelled!r}: protocol intra trains on the target with labels; use ''.")
    (sources, target), extra = fitting[0], AUXILIARY.get(protocol, ()) if aux else ()
    return Run(protocol, sources, extra, target, shots, float(holdout), unlabelled)


def run_of(settings: Mapping[str, Any]) -> Run:
    """The run that a config's ``dataset.run`` means.

    Raises:
        ValueError: It has unknown keys, or see :func:`get_run`.
    """
    known = tuple(inspect.signature(get_run).parameters)
    if unknown := settings.keys() - {*known}:
        raise ValueError(f"dataset.run has the unknown keys {sorted(unknown)}; it takes {', '.join(known)}.")
    return get_run(**settings)


def _as_written(name: str | None, protocol: str) -> str | None:
    """A domain as the protocol writes it, whatever its case, where only one is meant; otherwise as given."""
    if not isinstance(name, str):
        return name
    domains = {domain for sources, target in RUNS[protocol] for domain in (*sources, target)}
    alike = [domain for domain in domains if domain.lower() == name.lower()]
    return alike[0] if name not in domains and len(alike) == 1 else name
