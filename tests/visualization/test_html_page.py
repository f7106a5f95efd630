# SPDX-License-Identifier: Apache-2.0
import base64
import re

import cv2
import numpy as np
import pytest
from jinja2 import UndefinedError

from flip_mm.visualization import html_page
from flip_mm.visualization.html_page import Picture, thumbnail, write_page


def decode(uri):
    head, data = uri.split(",")
    assert head == "data:image/jpeg;base64"
    return cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


@pytest.mark.parametrize(
    ("shape", "small"), [((200, 100), (96, 48)), ((64, 32), (64, 32)), ((4000, 1), (96, 1)), ((96, 96), (96, 96))]
)
def test_thumbnails_keep_colour_and_shape(shape, small):
    image = np.full((*shape, 3), (200, 60, 10), np.uint8)
    found = decode(thumbnail(image))
    assert found.shape == (*small, 3)
    assert np.abs(found.astype(int) - (200, 60, 10)).max() <= 4


@pytest.fixture
def page(tmp_path, monkeypatch):
    """page(text, **context): what a template with this text gives."""

    def make(text, **context):
        monkeypatch.setattr(html_page, "TEMPLATES", [html_page.TEMPLATES, tmp_path])
        (tmp_path / "own.html").write_text(text)
        write_page("own.html", tmp_path / "page.html", **context)
        return (tmp_path / "page.html").read_text()

    return make


GRID = """{% extends "base.html" %}{% from "macros.html" import grid, privacy %}
{% block content %}{{ privacy("--no-thumbnails") }}{{ grid(pictures) }}{% endblock %}"""


def test_names_are_escaped_and_nothing_is_loaded(page):
    evil = '<script>alert(1)</script>"\udcff.png'
    text = page(GRID, title=evil, pictures=[Picture(thumbnail(np.zeros((8, 8, 3), np.uint8)), evil, evil)])
    assert "<script" not in text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;&#34;\\xff.png") == 4
    assert not re.search(r"(src|href)=\"(?!data:)|url\(|@import", text)
    assert "Content-Security-Policy\" content=\"default-src 'none'; img-src data:" in text
    assert text.count("data:image/jpeg") == 1
    assert "<code>--no-thumbnails</code>" in text


def test_controls_are_written_out(page):
    evil = "a\x1b[2J\x9b\u202e\u2066\u200f\u200b\x00\r<b>\udc80"
    text = page(GRID, title=evil, pictures=[Picture("data:", evil, evil)])
    assert text.count("a\\x1b[2J\\x9b\\u202e\\u2066\\u200f\\u200b\\x00\\r&lt;b&gt;\\x80") == 4
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", text)


def test_a_missing_variable_is_an_error(page, tmp_path):
    with pytest.raises(UndefinedError, match="pictures"):
        page(GRID, title="x")
    assert not (tmp_path / "page.html").exists()
