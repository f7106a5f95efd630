# SPDX-License-Identifier: Apache-2.0
"""flip_mm: language-guided face anti-spoofing (FLIP, ICCV 2023) as a plugin of MMPretrain.

Importing it registers its parts in MMPretrain's registries.
"""

from .compat.versions import check_versions, quieten_start_up

__version__ = "0.1.0"

check_versions()
quieten_start_up()

from . import compat, datasets, engine, evaluation, models  # noqa: E402
from .apis.model_index import register_models  # noqa: E402

compat.apply()
register_models()

__all__ = ["__version__", "compat", "datasets", "engine", "evaluation", "models"]
