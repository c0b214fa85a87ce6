"""A settings file with a fault: the file, the field, what is wrong, and what may stand there, in our own words."""

from pathlib import Path

import pytest

from lanthorn.errors import BadSettings
from lanthorn.settings import edge_settings, read_settings

CAMERA = '[edge.camera]\nsource = "."\n'
CASES = {
    "force = 3": "force: must be text, in quotes (The force's name in every topic)",
    'stat_dir = "x"': "stat_dir: there is no such setting; did you mean state_dir? there can be force, state_dir, ",
    "[service]\nprot = 1": "service.prot: there is no such setting; did you mean port? there can be host, port",
    "[service]\nzzz = 1": "service.zzz: there is no such setting; there can be host, port",
    '[service]\nport = "a"': "service.port: must be a whole number (0: any free one, printed at the start)",
    "[service]\nport = 70000": "service.port: must be 65535 or less (",
    "[service]\nport = -1": "service.port: must be 0 or more (",
    "service = 1": "service: must be a table",
    '[devices]\nrequire_signatures = "maybe"': "devices.require_signatures: must be true or false (",
    'force = "Met Police"': "force: is not in its form (",
    '[sign_in.oidc]\nissuer = "https://id.example/"': "sign_in.oidc.client_id: is needed, and not there (",
    '[edge]\nforce = "x"': "edge: force belongs at the top of the file",
    CAMERA + 'position = { kind = "fixed", latitude_deg = 100, longitude_deg = 0 }': (
        "edge.camera.position.latitude_deg: must be 90.0 or less (Degrees north, WGS 84)"
    ),
    CAMERA + 'position = { kind = "fixed", latitude_deg = 1, longitude_deg = 0, accurcy = 3 }': (
        "edge.camera.position.accurcy: there is no such setting; did you mean accuracy_m? there can be kind, "
    ),
    '[edge.camera]\nsorce = "x"': "edge.camera.sorce: there is no such setting; did you mean source?",
    CAMERA + '[edge.spool]\npictures = "some"': "edge.spool.pictures: must be 'hits' or 'all' (",
}


@pytest.mark.parametrize("text", CASES)
def test_a_fault_is_said_with_its_file_its_field_and_what_may_stand_there(tmp_path: Path, text: str) -> None:
    path = tmp_path / "lanthorn.toml"
    path.write_text(text)
    with pytest.raises(BadSettings) as refused:
        edge_settings(read_settings(path))
    said = str(refused.value)
    assert said.startswith(f"the settings file {path}: ")
    assert CASES[text] in said
    assert "\n" not in said


def test_a_value_is_never_repeated(tmp_path: Path) -> None:
    path = tmp_path / "lanthorn.toml"
    path.write_text('[broker]\nembedded_port = "hunter2"\npassword = "hunter2"\n[service]\nport = "hunter2"\n')
    with pytest.raises(BadSettings) as refused:
        read_settings(path)
    assert "hunter2" not in str(refused.value)


def test_what_no_file_said_names_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadSettings, match=r"^the edge agent's settings: edge\.device: is not in its form"):
        edge_settings(read_settings(None), device="Car 1", camera={"source": "."})
