# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest
from mmengine.config import Config

CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.fixture
def config():
    """config({'train_cfg.max_iters': 9, 'param_scheduler': []}): a shipped config with these options; those
    without a dot replace."""

    def make(options, name="flip_v_demo"):
        cfg = Config.fromfile(CONFIGS / f"{name}.py", import_custom_modules=False)
        for key, value in options.items():
            if "." in key:
                cfg.merge_from_dict({key: value})
            else:
                cfg[key] = value
        return cfg

    return make
