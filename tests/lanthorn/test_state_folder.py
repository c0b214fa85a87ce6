"""Nobody else on the machine may look into the state folder."""

from pathlib import Path

from lanthorn.state_folder import make_private


def test_a_new_folder_is_private(tmp_path: Path) -> None:
    make_private(tmp_path / "var" / "state")
    assert (tmp_path / "var" / "state").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_could_look_into_is_taken_from_them(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "kept").touch()
    make_private(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "kept").exists()
