# SPDX-License-Identifier: Apache-2.0
"""Tables in HTML and LaTeX, by great_tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from itertools import groupby
from types import ModuleType
from typing import Any

from .document import INTERVAL, PUBLISHED, SECTION, Document

# Keeps a number and its standard deviation in one line.
UNBROKEN = "\u00a0"
# The paper's tables have up to 16 columns.
LATEX_SIZE = "10px"
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Tables of flip_mm</title>
</head>
<body>
{body}
</body>
</html>"""


def as_html(documents: Sequence[Document]) -> str:
    """Return a page with all tables; it refers to no other file.

    Raises:
        ImportError: great_tables is not installed.
    """
    great = _great_tables()
    tables = []
    for number, document in enumerate(documents, 1):
        table = _table(great, document, f"table{number}", lambda text: great.html(escape(text)), UNBROKEN)
        for kind, style in ((PUBLISHED, "italic"), (INTERVAL, "normal")):
            rows = [index for index, row in enumerate(document.rows) if row.kind == kind]
            color = "#555555" if kind == INTERVAL else "#000000"
            if rows:
                table = table.tab_style(great.style.text(style=style, color=color), great.loc.body(rows=rows))
        if sections := [index for index, row in enumerate(document.rows) if row.kind == SECTION]:
            table = table.tab_style(great.style.text(weight="bold"), great.loc.body(rows=sections))
        tables.append(table.as_raw_html())
    return PAGE.format(body="\n<br>\n".join(tables))


def as_latex(documents: Sequence[Document]) -> str:
    """Return all tables in LaTeX, with the package booktabs.

    Raises:
        ImportError: great_tables is not installed.
    """
    great = _great_tables()
    tables = [_table(great, document, f"table{number}", str, " ") for number, document in enumerate(documents, 1)]
    return "\n\n".join(table.tab_options(table_font_size=LATEX_SIZE).as_latex() for table in tables)


def _table(great: ModuleType, document: Document, name: str, note: Callable[[str], Any], blank: str) -> Any:
    """Return a great_tables table.

    Args:
        great: The package.
        document: The table.
        name: Its name, without which great_tables invents one.
        note: Makes the text of a note, because great_tables does not escape it.
        blank: The blank in numbers and lists of seeds.
    """
    import pandas

    names = [f"c{number}" for number in range(len(document.columns))]
    rows = []
    for row in document.rows:
        cells = [cell.plain() for cell in row.cells] + [""] * (len(names) - len(row.cells))
        first = document.labels - 1
        rows.append([*cells[:first], *(text.replace(" ", blank) for text in cells[first:])])
    # great_tables escapes the texts of title, names and cells for each format.
    table = great.GT(pandas.DataFrame(rows, columns=names), id=name)
    table = table.tab_header(title=document.title, subtitle=" ".join(document.header))
    table = table.cols_label(**{key: column.name for key, column in zip(names, document.columns, strict=True)})
    numbers = range(document.labels, len(names))
    for group, found in groupby(numbers, key=lambda number: document.columns[number].group):
        own = [names[number] for number in found]
        table = table.tab_spanner(label=group, columns=own, id=f"{name}-{own[0]}")
    for text in document.below():
        table = table.tab_source_note(note(text))
    return table.cols_align("left", columns=names[: document.labels])


def _great_tables() -> ModuleType:
    try:
        import great_tables
        import pandas  # noqa: F401
    except ImportError as error:
        raise ImportError('HTML and LaTeX need great_tables: pip install "flip_mm[tables]".') from error
    return great_tables
