# SPDX-License-Identifier: Apache-2.0
from argparse import Namespace

from mmengine.config import Config

from flip_mm.apis.train_model import merge_args

NOTHING = dict(amp=False, auto_scale_lr=False, no_validate=False, validate="all", launcher="none")


def test_a_job_killed_before_its_first_checkpoint_keeps_its_initial_weights(tmp_path, capsys):
    def merged(resume, load_from):
        cfg = merge_args(Config(dict(work_dir=str(tmp_path), load_from=load_from)), Namespace(resume=resume, **NOTHING))
        return cfg.get("resume", False), cfg.load_from

    assert merged("auto", "flip_it.pth") == (False, "flip_it.pth")
    assert "starts at iteration 0 from flip_it.pth" in capsys.readouterr().out
    assert merged("auto", None) == (True, None)
    assert merged("iter_4.pth", "flip_it.pth") == (True, "iter_4.pth")
    (tmp_path / "iter_2.pth").touch()
    assert merged("auto", "flip_it.pth") == (True, None)
