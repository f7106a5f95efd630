# SPDX-License-Identifier: Apache-2.0
"""Tables of results: the paper's forms, published values beside them; terminal, Markdown, CSV, LaTeX, HTML."""
