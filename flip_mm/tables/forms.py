# SPDX-License-Identifier: Apache-2.0
"""Forms of tables: those of the FLIP paper, and one for a source that is tested on many targets."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flip_mm.datasets.protocols import RUNS, Run

PUBLISHED_METRICS = ("HTER", "AUC", "TPR@FPR=1%")
# At the end calibration error, and error if the least certain samples are not decided.
ISO = ("APCER_worst", "BPCER", "ACER", "BPCER10", "BPCER20", "BPCER100", "ECE", "AURC", "risk@95%", "risk@90%", "risk@80%")
ONE_TO_MANY = (*PUBLISHED_METRICS, "ECE", "risk@90%")
MANY = "one-to-many"


@dataclass(frozen=True)
class Form:
    """The layout of a table.

    Attributes:
        name: Value of ``--form``.
        title: Printed above the table.
        metrics: Metrics of each run, by default.
        protocol: The protocol of its rows; ``''`` for any.
        average: Metrics that are averaged over runs.
        configs: Pattern of the names of its configs; ``''`` for all.
        has_run_columns: Whether runs are columns; otherwise every run is a row.
    """

    name: str
    title: str
    metrics: tuple[str, ...]
    protocol: str = ""
    average: tuple[str, ...] = ("HTER",)
    configs: str = ""
    has_run_columns: bool = True

    @property
    def runs(self) -> tuple[str, ...]:
        """Names of the runs of the protocol, in the order of the paper; empty for any."""
        return tuple(Run(self.protocol, sources, (), target).name for sources, target in RUNS.get(self.protocol, ()))

    def contains(self, method: str, protocol: str) -> bool:
        """Return whether the results of a config belong into a table of this form."""
        return self.protocol in ("", protocol) and bool(re.fullmatch(self.configs or ".*", method))


FORMS: dict[str, Form] = {
    form.name: form
    for form in (
        Form("p1", "Protocol 1: leave one of MSU, CASIA, Replay, OULU out", PUBLISHED_METRICS, "p1"),
        Form("p2", "Protocol 2: leave one of WMCA, CeFA, SURF out", PUBLISHED_METRICS, "p2"),
        Form("p3", "Protocol 3: one source, one target", ("HTER",), "p3"),
        Form(
            "initialisation",
            "Initialisation of the image encoder, protocol 1",
            ("HTER", "AUC"),
            "p1",
            configs=r"flip_v_(p1|demo)(_init-.+)?",
        ),
        Form("prompts", "Prompts, protocol 1", ("HTER", "AUC"), "p1", configs=r"flip_it_(p1|demo)(_prompts-.+)?"),
        Form("weights", "Weights of the losses, protocol 1", (), "p1", configs=r"flip_mcl_(p1|demo)(_weights-.+)?"),
        Form(MANY, "One training, many targets", ONE_TO_MANY, average=ONE_TO_MANY),
        Form("iso", "Error rates of ISO/IEC 30107-3, calibration error and abstention", ISO, average=(), has_run_columns=False),
    )
}
