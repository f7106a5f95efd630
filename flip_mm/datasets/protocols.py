# SPDX-License-Identifier: Apache-2.0
"""Which domains train and which one tests: the only place where that is decided."""

from __future__ import annotations

from dataclasses import dataclass

# Domain -> stem of its list files.
DOMAINS = {
    "M": "msu",
    "C": "casia",
    "I": "replay",
    "O": "oulu",
    "CelebA": "celeb",
    "W": "wmca",
    "CeFA": "cefa",
    "S": "surf",
}
# Data root -> domains in it.
LAYOUTS = {"MCIO": ("M", "C", "I", "O", "CelebA"), "WCS": ("W", "CeFA", "S", "CelebA")}
# Target -> sources, in the order in which the paper writes them.
LEAVE_ONE_OUT = {"M": ("O", "C", "I"), "C": ("O", "M", "I"), "I": ("O", "C", "M"), "O": ("I", "C", "M")}
# P1: FLIP section 4.1, leave one out with CelebA-Spoof as auxiliary source. demo: the same without it.
AUXILIARY = {"p1": ("CelebA",), "demo": ()}


@dataclass(frozen=True)
class Run:
    """One training and its test.

    Attributes:
        protocol: ``'p1'`` or ``'demo'``.
        sources: Domains that train.
        aux: Auxiliary domains that train as well and are never tested.
        target: The unseen domain.
        shots: Target videos per class that join training.
        holdout: Share of the source videos kept as development set.
    """

    protocol: str
    sources: tuple[str, ...]
    aux: tuple[str, ...]
    target: str
    shots: int = 0
    holdout: float = 0.0

    @property
    def train_domains(self) -> tuple[str, ...]:
        """Sources, then auxiliary domains: the order of a batch."""
        return self.sources + self.aux

    @property
    def name(self) -> str:
        """As the paper writes it, e.g. ``'OCM->I'``."""
        return f"{''.join(self.sources)}->{self.target}"


def get_run(protocol: str, target: str | None = None, source: str | None = None, shots: int = 0, holdout: float = 0.0) -> Run:
    """Look up a run.

    Args:
        protocol: ``'p1'`` (with CelebA-Spoof) or ``'demo'`` (without).
        target: M, C, I or O.
        source: For protocols with several runs per target; P1 and demo have one.
        shots: 0 in this version.
        holdout: 0 in this version.

    Returns:
        The run.

    Raises:
        ValueError: There is no such protocol, target or run, or this version does not provide it.

    Example:
        >>> get_run("p1", target="I").train_domains
        ('O', 'C', 'M', 'CelebA')
    """
    if protocol not in AUXILIARY:
        raise ValueError(f"run.protocol={protocol!r} does not exist; choose from {', '.join(AUXILIARY)}.")
    if target not in LEAVE_ONE_OUT:
        runs = ", ".join(f"target={name}" for name in LEAVE_ONE_OUT)
        raise ValueError(f"run.target={target!r} does not exist in protocol {protocol}; its runs are {runs}.")
    if source is not None:
        raise ValueError(
            f"run.source={source!r}: protocol {protocol} has one run per target and takes no source. Leave it out."
        )
    if shots:
        raise ValueError(f"run.shots={shots}: training with shots of the target is not provided by this version; use 0.")
    if holdout:
        raise ValueError(f"run.holdout={holdout}: a development set is not provided by this version; use 0.")
    return Run(protocol, LEAVE_ONE_OUT[target], AUXILIARY[protocol], target)
