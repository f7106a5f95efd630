# SPDX-License-Identifier: Apache-2.0
"""Options and messages. Saving and removing files is tested in tests/tools/test_resume.py."""

from types import SimpleNamespace

import pytest
from mmengine.logging import MessageHub
from mmpretrain.registry import HOOKS


def build(**options):
    return HOOKS.build(dict(type="BestCheckpointHook", by_epoch=False, **options))


def test_the_later_of_two_equal_validations_is_the_best():
    rule = build(save_best="target/HTER", rule="less").rule_map["less"]
    assert rule(5.0, 5.0)
    assert rule(4.9, 5.0)
    assert not rule(5.1, 5.0)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("max_keep_ckpt", "no such option, did you mean max_keep_ckpts"),
        ("safe_best", "did you mean save_best"),
        ("backend_args", "BestCheckpointHook has no such option"),
        ("zzz", "it takes by_epoch, filename_tmpl, .*, save_param_scheduler"),
    ],
)
def test_unknown_options_are_refused(option, message):
    with pytest.raises(TypeError, match=rf"default_hooks.checkpoint.{option}: .*{message}"):
        build(**{option: None})


def test_a_best_checkpoint_of_an_earlier_training_gives_a_warning(tmp_path):
    said = []
    logger = SimpleNamespace(warning=said.append, info=lambda _: None)
    hub = MessageHub.get_instance("test_an_earlier_trainings_best")
    runner = SimpleNamespace(work_dir=str(tmp_path), iter=0, logger=logger, message_hub=hub)
    (tmp_path / "best_target_HTER_iter_7.pth").touch()
    best = build()
    best.before_train(runner)
    runner.iter = 5
    best.before_train(runner)
    assert [text.count("contains best_target_HTER_iter_7.pth of an earlier training") for text in said] == [1]
