# SPDX-License-Identifier: Apache-2.0
from flip_mm.datasets.leakage import Leak, find_leaks


def sample(video, subject="", domain="M", role="target"):
    return dict(domain=domain, video_id=video, subject=subject, role=role)


def test_videos_and_subjects_in_common():
    train = [sample("a", "1"), sample("b", "2"), sample("x", domain="C")]
    test = [
        sample("a", "1"),
        sample("a", "1"),  # another frame of it
        sample("c", "2"),
        sample("d", "3"),
        sample("e", "1", domain="C"),  # another domain's subject 1
        sample("b", "2", role="dev"),
        sample("f", role="dev"),
    ]
    assert find_leaks(train, test) == [Leak("M", "target", 3, 1, 2), Leak("M", "dev", 2, 1, 1)]


def test_a_recording_is_the_same_in_another_folder_and_another_of_another_subject():
    train = [sample("wmca/train/real/x", "1"), sample("casia/train/real/7_1", "train/7", "C")]
    test = [sample("wmca/test/real/x", "1"), sample("casia/test/real/7_1", "test/7", "C")]
    assert find_leaks(train, test) == [Leak("M", "target", 1, 1, 1)]


def test_unknown_subjects_are_never_the_same():
    assert find_leaks([sample("a"), sample("b")], [sample("c"), sample("d")]) == []
    assert find_leaks([sample("a")], [sample("a"), sample("d")]) == [Leak("M", "target", 2, 1, 1)]


def test_unlabelled_target_images_are_named_as_such():
    (leak,) = find_leaks([sample("a") | dict(role="adapt")], [sample("a"), sample("b")])
    assert leak == Leak("M", "target", 2, 1, 1, unlabelled=True)
    assert str(leak).endswith("1 show a subject of the training set (counting target images that train without labels)")


def test_single_images_of_one_recording_are_the_same_recording():
    take = "surf/{}/real/Training_real_part_CLKJ_CS0110_real.rssdk_color_{}"
    train = [sample(take.format("train", 91), "CLKJ_CS0110", "S")]
    test = [sample(take.format("test", 101), "CLKJ_CS0110", "S"), sample("surf/test/real/Val_0007_007243-color", domain="S")]
    assert find_leaks(train, test) == [Leak("S", "target", 2, 1, 1)]
