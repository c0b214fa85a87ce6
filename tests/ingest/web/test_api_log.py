"""The log over HTTP: an independent client reads and verifies it; nobody else may, and looking makes it no longer."""

from typing import Any

import aics_tlog
import pytest


@pytest.fixture
def program(house: Any) -> Any:
    house.centre.log.append(*house.acts() * 30)
    house.centre.log.integrate()
    return house.caller("oversight")


def test_an_independent_client_reads_the_tree_that_the_checkpoint_signs(house: Any, program: Any) -> None:
    vkey = aics_tlog.parse_vkey(program.get("/api/log/key").text.strip())
    note = aics_tlog.parse_note(program.get("/api/log/checkpoint").text)
    checkpoint = aics_tlog.verify_checkpoint(note, vkey, expected_origin="lanthorn/met")
    assert checkpoint.ok
    assert checkpoint.size == house.centre.log.checkpoint.head.size > 256
    tiles = aics_tlog.MemoryTileReader()
    for path in ("0/000", f"0/001.p/{checkpoint.size - 256}", "1/000.p/1"):
        answer = program.get(f"/api/log/tile/{path}")
        assert answer.headers["content-type"] == "application/octet-stream"
        tiles.tiles[f"tile/{path}"] = answer.content
    assert aics_tlog.tree_root_from_tiles(tiles, checkpoint.size) == checkpoint.root
    entries = program.get("/api/log/tile/entries/000").content
    assert entries == (house.centre.log.path / "tile/entries/000").read_bytes()


def test_looking_at_the_log_does_not_make_it_longer(house: Any, program: Any) -> None:
    before = house.centre.log.size
    for path in ("key", "checkpoint", "tile/0/000", "tile/entries/000"):
        assert program.get(f"/api/log/{path}").status_code == 200
    assert house.centre.log.size == before


@pytest.mark.parametrize(
    "path",
    ["0/999", "entries/001", "0/000.p/3", "7/000", "entries/000/..", "..%2Fpending", "%2e%2e/checkpoint", "x", "0/00"],
)
def test_what_is_no_tile_of_the_log_is_not_there(program: Any, path: str) -> None:
    assert program.get(f"/api/log/tile/{path}").status_code in (401, 404)


@pytest.mark.parametrize("role", ["patrol", "admin", "list-manager"])
def test_who_may_not_read_the_log_gets_no_tile(house: Any, program: Any, role: str) -> None:
    assert house.caller(role).get("/api/log/tile/entries/000").status_code == 403
    assert house.stranger().get("/api/log/checkpoint").status_code == 401
