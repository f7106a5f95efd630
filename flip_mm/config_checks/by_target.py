# SPDX-License-Identifier: Apache-2.0
"""Settings of a config that differ between the targets of a protocol."""

from __future__ import annotations

from collections.abc import Mapping

from mmengine.config import Config

from flip_mm.datasets.protocols import run_of


def set_by_target(cfg: Config) -> None:
    """Apply ``by_target``, which is ``dict(O={"model.triplet_weight": 2.0})``, to the config, and remove it.

    Args:
        cfg: The config, in which the run is chosen.

    Raises:
        ValueError: ``by_target`` is no dict of dicts, or names a key that the config does not have.
    """
    settings = cfg.pop("by_target", None) or {}
    if not (isinstance(settings, Mapping) and all(isinstance(own, Mapping) for own in settings.values())):
        raise ValueError(f"by_target={settings!r} must be a dict of targets, each a dict of keys and values.")
    run = ((cfg.get("train_dataloader") or {}).get("dataset") or {}).get("run")
    for key, value in settings.get(run_of(run).target, {}).items() if run else ():
        try:
            cfg.merge_from_dict({key: value})
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"by_target: the config has no key {key!r}, or {value!r} does not fit there.") from error
