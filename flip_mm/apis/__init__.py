# SPDX-License-Identifier: Apache-2.0
"""What the command line tools are made of."""

from .arguments import input_file, output_file, real, whole
from .cli import add_common_arguments, add_data_arguments, check_work_dir, load_config, lock_work_dir
from .processes import run_main

__all__ = [
    "add_common_arguments",
    "add_data_arguments",
    "check_work_dir",
    "input_file",
    "load_config",
    "lock_work_dir",
    "output_file",
    "real",
    "run_main",
    "whole",
]
