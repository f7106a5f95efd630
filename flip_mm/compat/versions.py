# SPDX-License-Identifier: Apache-2.0
"""Check the versions of the installed packages; errors contain the command to install the right one."""

from __future__ import annotations

import warnings
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from packaging.version import Version

# Distribution -> (import name, minimum version, first version that is too new).
NEEDED = {
    "torch": ("torch", "2.6", None),
    "mmengine": ("mmengine", "0.10.7", "1.0"),
    "mmpretrain": ("mmpretrain", "1.2.0", "2.0"),
    "open_clip_torch": ("open_clip", "2.30.0", None),
    "simplejpeg": ("simplejpeg", "1.9.0", None),
}
SAFE_TORCH = "2.10"


def check_versions() -> None:
    """Compare the installed packages with the versions that flip_mm supports.

    Raises:
        ImportError: A package is missing, too old or too new.
    """
    installed = {}
    for name, (module, low, high) in NEEDED.items():
        if find_spec(module) is None:
            raise ImportError(f'flip_mm needs {name}, which is not installed: pip install "{name}>={low}"')
        try:
            present = installed[name] = Version(version(name))
        except PackageNotFoundError:
            continue  # a fork with another name, such as onedl-mmengine, has the same module
        if present < Version(low) or (high and present >= Version(high)):
            needed = f"{name}>={low}" + (f",<{high}" if high else "")
            raise ImportError(f'flip_mm needs {needed} and {name} {present} is installed: pip install "{needed}"')
    if find_spec("mmcv") is None:
        raise ImportError('flip_mm needs mmcv or mmcv-lite, and neither is installed: pip install "mmcv-lite>=2.0.0,<2.4.0"')
    if installed.get("torch", Version(SAFE_TORCH)) < Version(SAFE_TORCH):
        warnings.warn(
            f"torch {installed['torch']}: before {SAFE_TORCH} a crafted weight file can corrupt memory even with weights_only "
            "(CVE-2026-24747). Load only files that you trust, or upgrade torch.",
            stacklevel=2,
        )
