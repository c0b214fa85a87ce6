"""The layout that docs/architecture.md promises, held: who imports whom, and what no file may be or do."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = tuple(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"])
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
MAX_LINES = 400
EVERYTHING = {"Exception", "BaseException"}

OUTERMOST_LOOPS = {
    "edge/agent.py:_take_lists": "the thread that takes published lists: without it they would grow old unseen",
    "edge/agent.py:_keep_house": "the agent's housekeeping thread: without it nothing would be erased on time",
    "edge/uplink.py:_run": "the uplink's thread: a fault is counted and logged, and it connects anew",
    "ingest/intake/worker.py:_until_done": "the intake's thread: nothing is acknowledged, and the batch is tried again",
    "ingest/authorities/publisher.py:_run": "the publisher's thread: counted and logged, and it publishes again",
    "ingest/retention/scheduler.py:_run": "the thread of retention: counted and logged, and it disposes again",
    "ingest/lists/publisher.py:_run": "the publisher's thread: counted and logged, and it publishes again",
}
"""Where a handler may catch everything and go on: "path:function", and why that is a process's outermost loop."""


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_the_rooms_import_only_what_their_contracts_allow():
    """The contracts are in pyproject.toml, under tool.importlinter."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[run.stdout.find("Contracts") :] + run.stderr


def test_no_module_has_a_name_that_says_nothing():
    named = [
        name(path)
        for path in sources(*ROOMS)
        if NAMES_THAT_SAY_NOTHING.intersection(name(path).removesuffix(".py").split("/"))
    ]
    assert named == []


def test_no_file_is_too_long_to_be_one_idea():
    lengths = {name(path): len(path.read_text().splitlines()) for path in sources(*ROOMS, "tests", "benchmarks")}
    assert {path: lines for path, lines in lengths.items() if lines > MAX_LINES} == {}


@pytest.mark.parametrize("room", ROOMS)
def test_each_room_is_typed_and_says_what_it_is_for(room):
    assert (ROOT / room / "py.typed").is_file()
    packages = {path.parent for path in sources(room)}
    assert [name(package) for package in sorted(packages) if not (package / "__init__.py").is_file()] == []
    assert ast.get_docstring(ast.parse((ROOT / room / "__init__.py").read_text()))


def test_everything_is_caught_only_in_the_outermost_loops():
    found = {
        f"{name(path)}:{function}" for path in sources(*ROOMS) for function in catching_everything(path.read_text())
    }
    assert found == set(OUTERMOST_LOOPS)


@pytest.mark.parametrize(
    ("handler", "found"),
    [
        ("except Exception:\n    pass", True),
        ("except BaseException as error:\n    print(error)", True),
        ("except:\n    pass", True),
        ("except (ValueError, Exception):\n    pass", True),
        ("except builtins.Exception:\n    pass", True),
        ("except ValueError:\n    pass", False),
        ("except BaseException:\n    stop()\n    raise", False),
        ("except Exception as error:\n    raise Ours() from error", False),
    ],
)
def test_a_handler_that_catches_everything_and_goes_on_is_found(handler, found):
    block = "".join(f"    {line}\n" for line in f"try:\n    act()\n{handler}".splitlines())
    assert list(catching_everything(f"def run():\n{block}")) == (["run"] if found else [])


def catching_everything(source: str) -> Iterator[str]:
    """The functions with a handler that catches every error and does not end in raising one."""

    def visit(node: ast.AST, function: str) -> Iterator[str]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            function = node.name
        if isinstance(node, ast.ExceptHandler) and _everything(node.type) and not isinstance(node.body[-1], ast.Raise):
            yield function
        for child in ast.iter_child_nodes(node):
            yield from visit(child, function)

    yield from visit(ast.parse(source), "<module>")


def _everything(kind: ast.expr | None) -> bool:
    match kind:
        case None:
            return True
        case ast.Tuple(elts=kinds):
            return any(map(_everything, kinds))
        case ast.Name(id=word) | ast.Attribute(attr=word):
            return word in EVERYTHING
    return False
