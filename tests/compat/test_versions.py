# SPDX-License-Identifier: Apache-2.0
import importlib.metadata
import logging
import warnings

import pytest

from flip_mm.compat import quiet, versions


@pytest.fixture
def installed(monkeypatch):
    """Pretend that other versions are installed: installed(torch='2.5')."""

    def pretend(**found):
        monkeypatch.setattr(versions, "version", lambda name: found.get(name) or importlib.metadata.version(name))

    return pretend


def test_this_environment_passes():
    versions.check_versions()


@pytest.mark.parametrize(("name", "found", "wanted"), [("torch", "2.5.1", "torch>=2.6"), ("mmengine", "1.0", "0.10.7,<1.0")])
def test_conflict_names_package_and_line_to_type(installed, name, found, wanted):
    installed(**{name: found})
    with pytest.raises(ImportError, match=rf"{name} {found} is installed: pip install \".*{wanted}\""):
        versions.check_versions()


@pytest.mark.parametrize(
    ("module", "line"),
    [("mmcv", r"pip install \"mmcv-lite>=2.0.0,<2.4.0\""), ("mmpretrain", r"pip install \"mmpretrain>=1.2.0\"")],
)
def test_missing_package(monkeypatch, module, line):
    find = versions.find_spec
    monkeypatch.setattr(versions, "find_spec", lambda name: None if name == module else find(name))
    with pytest.raises(ImportError, match=line):
        versions.check_versions()


@pytest.mark.parametrize(("name", "found"), [("open_clip_torch", "2.29.9"), ("mmpretrain", "2.0.0"), ("mmpretrain", "1.1.9")])
def test_bounds(installed, name, found):
    installed(**{name: found})
    with pytest.raises(ImportError, match=f"{name} {found} is installed"):
        versions.check_versions()


def test_old_torch_warns_about_untrusted_files(installed):
    installed(torch="2.9.0")
    with pytest.warns(UserWarning, match="CVE-2026-24747"):
        versions.check_versions()


def test_only_unimportant_messages_are_hidden(caplog):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        quiet.hide_start_up_warnings()
        for path in ("/site-packages/mmpretrain/evaluation/vqa", "mmpretrain.evaluation.vqa", "/home/me/own"):
            warnings.warn_explicit("invalid escape sequence '\\d'", SyntaxWarning, f"{path}.py", 1, module=path)
        warnings.warn_explicit("this is deprecated", UserWarning, "mmpretrain/x.py", 1, module="mmpretrain.x")
    assert [warning.filename for warning in seen] == ["/home/me/own.py", "mmpretrain/x.py"]
    logging.getLogger().addHandler(caplog.handler)
    logging.warning("No pretrained weights loaded for model 'x'. Model initialized randomly.")
    logging.warning("Something else")
    assert [record.message for record in caplog.records] == ["Something else"]
