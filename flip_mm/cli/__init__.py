# SPDX-License-Identifier: Apache-2.0
"""The command line: ``flip_mm COMMAND ...``, a module for each command, which imports what it needs when it runs."""
