# SPDX-License-Identifier: Apache-2.0
"""The work dir of a training: its record, the copy of its config, and a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config

import flip_mm.register  # noqa: F401  before a config is read
from flip_mm.apis.read_config import read_config
from flip_mm.config_checks.config_parts import flat
from flip_mm.datasets.protocols import Run, run_of
from flip_mm.engine.records.origin import provenance_of_file
from flip_mm.engine.records.plain_config import plain_settings
from flip_mm.evaluation import Provenance
from flip_mm.evaluation.own_record import difference, read_own_record
from flip_mm.evaluation.results import is_synthetic
from flip_mm.utils.text import first_few

BEST, LAST = "best", "last"
# Settings that an analysis depends on; those of another optimizer or hook change nothing.
COMPARED = ("model", "test_dataloader")


@dataclass(frozen=True)
class RunFolder:
    """The work dir of a training.

    Attributes:
        folder: The work dir.
        method: Name of its config without the ending.
        cfg: The copy of its config, with the data root in use.
        run: Run of its protocol.
        checkpoint: The checkpoint to analyse.
        provenance: Run, seed and selection rule of the checkpoint.
        state: Weights of the checkpoint.
        meta: ``meta`` of the checkpoint.
        is_synthetic: Whether the record says that the images are synthetic.
    """

    folder: Path
    method: str
    cfg: Config
    run: Run
    checkpoint: Path
    provenance: Provenance
    state: Mapping[str, Any]
    meta: Mapping[str, Any]
    is_synthetic: bool = False

    @property
    def data_root(self) -> str:
        """Folder with ``txt/`` and ``frame/``."""
        return str(self.cfg.test_dataloader.dataset.data_root)

    @property
    def title(self) -> str:
        """Method, run, seed and checkpoint; and, in a second line, how the checkpoint was chosen."""
        known = self.provenance
        lines = [f"{self.method}, {known.origin}", known.selection_text]
        return "\n".join(filter(None, [*lines, known.target_seen if self.run.sees_target else ""]))


def open_run(folder: str | Path, checkpoint: str = BEST, data_root: str | None = None) -> RunFolder:
    """Read the work dir of a training.

    Args:
        folder: The work dir.
        checkpoint: ``'best'``: the best one by the first metric of the training's ``save_best``; ``'last'``; or a file, a name
            in the work dir or a path.
        data_root: Folder of the data; None takes the one in the config.

    Raises:
        OSError: The folder, its record, the copy of its config or the checkpoint is missing.
        RuntimeError: The checkpoint is damaged, or loading it would run code.
        ValueError: The record is damaged; or config or checkpoint belong to another training.
    """
    from flip_mm.apis.trained_model import read_checkpoint

    folder = Path(folder)
    if not folder.is_dir():
        raise NotADirectoryError(f"'{folder}' is no folder: give the work dir of a training.")
    if not (folder / "record.json").is_file():
        raise FileNotFoundError(f"'{folder}' has no record.json: give the work dir of a training of this version of flip_mm.")
    record = read_own_record(folder / "record.json", None)
    cfg = _config(folder, record)
    run = _run(cfg, folder)
    path = _checkpoint(folder, record, checkpoint)
    state, meta = read_checkpoint(path)
    found = provenance_of_file(dict(meta=meta), path.name)
    if problem := difference(record, found):
        raise ValueError(f"'{path}' is a checkpoint of another training than that of '{folder / 'record.json'}': {problem}.")
    if data_root is not None:
        cfg.test_dataloader.dataset.data_root = data_root
    return RunFolder(folder, Path(cfg.filename).stem, cfg, run, path, found, state, meta, bool(is_synthetic(record)))


def _config(folder: Path, record: Mapping[str, Any]) -> Config:
    """Read the copy of the config, and check that it is that of the record."""
    known = record.get("config") or {}
    name = known.get("name") or ""
    path = folder / Path(name).name
    if not name or not path.is_file():
        wanted = f"the config '{name}' that its record names" if name else "a config: its record names none"
        raise FileNotFoundError(f"'{folder}' does not have {wanted}; a training copies its config there.")
    cfg = read_config(path)
    old = {key: value for key, value in (known.get("settings") or {}).items() if key in COMPARED}
    new = plain_settings({key: cfg.get(key) for key in old})
    if old != new:
        before, now = (dict(flat(settings, "")) for settings in (old, new))
        changed = [key.lstrip(".") for key in {**before, **now} if before.get(key) != now.get(key)]
        raise ValueError(
            f"'{path}' is not the config of the training that '{folder / 'record.json'}' describes: {first_few(changed, 3)} "
            "differ. Restore the copy that the training made."
        )
    return cfg


def _run(cfg: Config, folder: Path) -> Run:
    dataset = (cfg.get("test_dataloader") or {}).get("dataset") or {}
    if not isinstance(dataset.get("run"), Mapping):
        raise ValueError(
            f"'{folder}': test_dataloader.dataset ({dataset.get('type')!r}) has no run of a protocol, so no domains are known."
        )
    return run_of(dataset["run"])


def _checkpoint(folder: Path, record: Mapping[str, Any], name: str) -> Path:
    if name == BEST:
        rules = (record.get("selection") or {}).get("checkpoint") or [{}]
        metric = str(rules[0].get("metric") or "").replace("/", "_")
        found = _newest(folder.glob(f"best_{metric}*.pth"))
    elif name == LAST:
        pointer = folder / "last_checkpoint"
        named = folder / Path(pointer.read_text(encoding="utf-8").strip()).name if pointer.is_file() else None
        found = named if named and named.is_file() else _newest([*folder.glob("iter_*.pth"), *folder.glob("epoch_*.pth")])
    else:
        found = next((path for path in (folder / name, Path(name)) if path.is_file()), None)
    if found is None:
        names = sorted(path.name for path in folder.glob("*.pth"))
        there = f"there are {first_few(names, 4)}" if names else "there is no checkpoint at all"
        kind = f"{name} checkpoint" if name in (BEST, LAST) else f"checkpoint '{name}'"
        raise FileNotFoundError(f"'{folder}' has no {kind}: {there}. Choose one by --checkpoint best, last or a file name.")
    return found


def _newest(paths: Any) -> Path | None:
    """The checkpoint with the highest number at the end of its name."""

    def number(path: Path) -> int:
        end = path.stem.rpartition("_")[2]
        return int(end) if end.isdigit() else -1

    return max(paths, key=number, default=None)
