# SPDX-License-Identifier: Apache-2.0
"""Register all components of flip_mm in MMPretrain's registries; for ``custom_imports`` in configs.

It also checks the installed versions, and applies the changes to other packages in docs/compat.md.
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
