# SPDX-License-Identifier: Apache-2.0
import pytest

from flip_mm.datasets.labelled_folder import folder_hash, read_labelled_folder

FILES = ("real/a.JPG", "real/b_frame0.png", "real/b_frame1.png", "spoof/c.png", "spoof/print/x/d.mp4", "spoof/mask/e.png")


@pytest.fixture
def folder(tmp_path):
    for name in (*FILES, "real/.hidden.png", "spoof/notes.txt", "other/f.png"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


def test_classes_types_and_videos(folder):
    found = read_labelled_folder(folder)
    assert [(file.name, file.video, file.attack_type, file.label) for file in found] == [
        ("real/a.JPG", "real/a.JPG", "bonafide", 1),
        ("real/b_frame0.png", "real/b", "bonafide", 1),
        ("real/b_frame1.png", "real/b", "bonafide", 1),
        ("spoof/c.png", "spoof/c.png", "attack", 0),
        ("spoof/mask/e.png", "spoof/mask/e.png", "mask", 0),
        ("spoof/print/x/d.mp4", "spoof/print/x/d.mp4", "print", 0),
    ]


def test_the_hash_is_of_names_and_contents(folder, tmp_path):
    before = folder_hash(read_labelled_folder(folder))
    (folder / "other/f.png").write_text("changed")
    assert folder_hash(read_labelled_folder(folder)) == before
    (folder / "real/a.JPG").write_text("changed")
    changed = folder_hash(read_labelled_folder(folder))
    (folder / "spoof/c.png").rename(folder / "spoof/d.png")
    assert len({before, changed, folder_hash(read_labelled_folder(folder))}) == 3


def test_missing_folders_and_classes(folder, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"There is no folder 'absent'"):
        read_labelled_folder("absent")
    with pytest.raises(FileNotFoundError, match=r"has no folder real/ and no spoof/: put genuine users into real/"):
        read_labelled_folder(folder / "real")
    for name in ("real/a.JPG", "real/b_frame0.png", "real/b_frame1.png"):
        (folder / name).unlink()
    with pytest.raises(ValueError, match="real' has no pictures and no videos"):
        read_labelled_folder(folder)


def test_a_class_with_videos_only(folder):
    (folder / "spoof/c.png").unlink()
    (folder / "spoof/mask/e.png").unlink()
    assert [file.name for file in read_labelled_folder(folder) if not file.label] == ["spoof/print/x/d.mp4"]
    with pytest.raises(ValueError, match=r"spoof' has no pictures \(videos are left out\): both classes are needed"):
        read_labelled_folder(folder, videos=False)
