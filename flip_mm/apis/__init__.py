# SPDX-License-Identifier: Apache-2.0
"""What the command line tools are made of."""

from .arguments import check_input, output_file, real, whole
from .cli import add_common_arguments, add_data_arguments, check_work_dir, load_config
from .inputs import check_inputs
from .processes import run_main

__all__ = [
    "add_common_arguments",
    "add_data_arguments",
    "check_input",
    "check_inputs",
    "check_work_dir",
    "load_config",
    "output_file",
    "real",
    "run_main",
    "whole",
]
