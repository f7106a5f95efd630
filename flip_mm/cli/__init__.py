# SPDX-License-Identifier: Apache-2.0
"""The command line, ``flip_mm COMMAND ...``: one module per command, which imports heavy packages only when it runs."""
