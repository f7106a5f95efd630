# SPDX-License-Identifier: Apache-2.0
from fixtures.archive_lines import scan_archive


def test_boxes_of_replay_attack_may_be_in_a_separate_folder(raw):
    root = raw("replay_attack")
    (root / "replayattack-face-locations-v2").mkdir()
    (root / "face-locations").rename(root / "replayattack-face-locations-v2/face-locations")
    annotations = [recording.annotation for recording in scan_archive("replay_attack", root).recordings]
    assert all(path.startswith("replayattack-face-locations-v2/face-locations/t") for path in annotations)
