"""The overseer's verifier: `python -m governance.export EXPORT --keys PINNED`.

It needs Python 3.11, this package (governance) and cryptography, pydantic and rfc8785; no service, no network, and
nothing else of Lanthorn. `lanthorn verify` is the same program.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from governance.access.rules import AccessRules
from governance.errors import GovernanceError
from governance.export.layout import Keys
from governance.export.report import as_object, in_words
from governance.export.verification import verify
from governance.merkle.checkpoint import Head
from governance.merkle.notes import Verifier


def main(arguments: Sequence[str]) -> int:
    """Verify, print, and give the exit code: 0 everything holds, 1 something does not, 2 it could not be checked."""
    parser = argparse.ArgumentParser(prog="python -m governance.export", description="Check an export of Lanthorn.")
    parser.add_argument("export", type=Path, help="the folder of the export")
    parser.add_argument("--keys", type=Path, help="the file of the service's keys that you had from elsewhere")
    parser.add_argument("--vkey", metavar="KEY", help="the log's verifier key, where you had that alone from elsewhere")
    parser.add_argument("--at-least", metavar="SIZE:ROOT", help="a checkpoint that you wrote down, or your witness has")
    parser.add_argument(
        "--access-rules",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="the force's own rules of access, where it has some; may be given several times",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(arguments)
    try:
        pinned = Keys.read(given.keys) if given.keys else None
        access = [AccessRules.read(folder) for folder in given.access_rules]
        at_least = Head.parse(given.at_least) if given.at_least else None
        log_key = Verifier.parse(given.vkey) if given.vkey else None
        report = verify(given.export, pinned, at_least, access, log_key)
    except GovernanceError as error:
        print(f"This could not be checked: {error}", file=sys.stderr)  # noqa: T201 - a program's own output
        if given.json:
            print(json.dumps({"checked": False, "why": str(error)}, indent=2))  # noqa: T201
        return 2
    print(json.dumps(as_object(report), indent=2) if given.json else "\n".join(in_words(report)))  # noqa: T201
    return 0 if report.holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
