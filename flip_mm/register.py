# SPDX-License-Identifier: Apache-2.0
"""Registers all components of flip_mm in MMPretrain's registries; configs name it in ``custom_imports``.

Checks the installed versions first, and makes the changes to other packages that docs/compat.md lists.
"""

from .compat.versions import check_versions

check_versions()

from . import compat, datasets, engine, evaluation, models  # noqa: E402
from .apis.model_index import register_models  # noqa: E402

for package in (datasets, engine, evaluation, models):
    for name in package.__all__:
        getattr(package, name)
compat.apply()
register_models()
