# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest
from mmengine.config import Config

CONFIG = Path(__file__).parents[2] / "configs/flip_v_demo.py"


@pytest.fixture
def config():
    """config({'train_cfg.max_iters': 9, 'param_scheduler': []}): the demo with these options; those without a dot replace."""

    def make(options):
        cfg = Config.fromfile(CONFIG, import_custom_modules=False)
        for key, value in options.items():
            if "." in key:
                cfg.merge_from_dict({key: value})
            else:
                cfg[key] = value
        return cfg

    return make
