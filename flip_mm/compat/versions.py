# SPDX-License-Identifier: Apache-2.0
"""Check what is installed, once, and say in one sentence what to type."""

from __future__ import annotations

import warnings
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from packaging.version import Version

# Distribution -> (import name, oldest, first one that is too new).
NEEDED = {
    "torch": ("torch", "2.6", None),
    "mmengine": ("mmengine", "0.10.7", "1.0"),
    "mmpretrain": ("mmpretrain", "1.2.0", "2.0"),
    "open_clip_torch": ("open_clip", "2.30.0", None),
    "simplejpeg": ("simplejpeg", "1.9.0", None),
}
SAFE_TORCH = "2.10"


def check_versions() -> None:
    """Compare installed packages with what flip_mm was made for.

    Raises:
        ImportError: A package is missing, too old or too new.
    """
    installed = {}
    for name, (module, low, high) in NEEDED.items():
        if find_spec(module) is None:
            raise ImportError(f'flip_mm needs {name}, which is not installed: pip install "{name}>={low}"')
        try:
            found = installed[name] = Version(version(name))
        except PackageNotFoundError:
            continue  # a fork under another name, such as onedl-mmengine, brings the same module
        if found < Version(low) or (high and found >= Version(high)):
            wanted = f"{name}>={low}" + (f",<{high}" if high else "")
            raise ImportError(f'flip_mm needs {wanted} and {name} {found} is installed: pip install "{wanted}"')
    if find_spec("mmcv") is None:
        raise ImportError('flip_mm needs mmcv or mmcv-lite, and neither is installed: pip install "mmcv-lite>=2.0.0,<2.4.0"')
    if installed.get("torch", Version(SAFE_TORCH)) < Version(SAFE_TORCH):
        warnings.warn(
            f"torch {installed['torch']}: below {SAFE_TORCH} a crafted weight file can corrupt memory even with weights_only "
            "(CVE-2026-24747). Load only files that you trust, or upgrade torch.",
            stacklevel=2,
        )
