# SPDX-License-Identifier: Apache-2.0
"""Functions for Python users and for the commands."""

from flip_mm.utils.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    arguments=["check_input", "check_new_file", "check_other_file", "integer", "nonempty", "number", "output_file"],
    inferencer=["FASInferencer"],
    inputs=["check_inputs"],
    processes=["run_main"],
    run_config=["load_config"],
    work_dir=["check_work_dir", "run"],
)
