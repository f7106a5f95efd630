# SPDX-License-Identifier: Apache-2.0
"""What the command line tools are made of."""

from .arguments import check_input, check_other_file, named, output_file, real, whole
from .cli import add_common_arguments, add_data_arguments, load_config
from .inputs import check_inputs
from .processes import run_main
from .work_dir import check_work_dir, run

__all__ = [
    "add_common_arguments",
    "add_data_arguments",
    "check_input",
    "check_inputs",
    "check_other_file",
    "check_work_dir",
    "load_config",
    "named",
    "output_file",
    "real",
    "run",
    "run_main",
    "whole",
]
