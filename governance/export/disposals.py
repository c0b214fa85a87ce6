"""Receipts of disposal, held against the log and the rules: each signed, each logged, none missing, each over its very
items, and none for what was not to go yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from governance.entry import Entry
from governance.errors import BadDocument, BadExport
from governance.export.disposed_in_time import CLOCK, check_in_time, late_by
from governance.export.holds import check_holds
from governance.export.layout import LEAVES_SUFFIX, RECEIPT_SUFFIX
from governance.export.logged import Logged, LoggedRow
from governance.export.part import Part
from governance.export.row import RowKey
from governance.export.rulesets import RulesInForce
from governance.export.times import time_of
from governance.keys import PublicKey
from governance.retention.receipt import KIND, Receipt, items_digest, leaf
from governance.signed import Signed

_LEAF_BYTES: Final = 32

LATE: Final = timedelta(days=1)
"""How late disposal is worth a word to an overseer."""

_WITHOUT_LIST: Final = frozenset({"read"})
"""Kinds of items, hundreds of millions of them, whose receipts have no list of leaves, only the digest over it."""


@dataclass(frozen=True, slots=True)
class Gone:
    """What a receipt that holds says of each of its items: its kind, the newest clock of them, and the log's entry."""

    kind: str
    clock_until: datetime
    entry: int


def went(key: RowKey, said: LoggedRow, disposed: Mapping[bytes, Gone]) -> bool:
    """Whether a receipt covers a row: of its kind, logged after it, and of items no younger than the log knows it."""
    gone = disposed.get(leaf(key.kind, key.id))
    return (
        gone is not None
        and gone.kind == key.kind
        and gone.entry > said.index
        and gone.clock_until >= said.earliest - CLOCK
    )


def check_disposals(
    folder: Path, key: PublicKey, logged: Logged, rules: RulesInForce
) -> tuple[Part, dict[bytes, Gone]]:
    """Check every receipt, and give with the part the leaves of what went under those that hold."""
    part = Part("receipts of disposal")
    disposed: dict[bytes, Gone] = {}
    late: list[timedelta] = []
    expected = dict(logged.receipts)
    for path in sorted(folder.glob(f"*{RECEIPT_SUFFIX}")) if folder.is_dir() else ():
        part.checked += 1
        batch = path.name.removesuffix(RECEIPT_SUFFIX)
        said = expected.pop(batch, None)
        try:
            receipt, leaves = _check(path, batch, key, said, rules)
        except (BadDocument, BadExport) as error:
            part.problem(f"{folder.name}/{path.name}: {error}")
        else:
            gone = Gone(receipt.kind, time_of(receipt.clock_until), said[1].index if said else 0)
            disposed |= dict.fromkeys(leaves, gone)
            late.append(late_by(receipt))
    for path in sorted(folder.glob(f"*{LEAVES_SUFFIX}")) if folder.is_dir() else ():
        if not path.with_suffix(RECEIPT_SUFFIX).exists():
            part.problem(f"{folder.name}/{path.name} has no receipt beside it")
    for batch, (_, entry) in expected.items():
        if logged.must_be_there(entry.index):
            part.problem(f"{folder.name}/{batch}{RECEIPT_SUFFIX}, of entry {entry.index} of the log, is not there")
    over = [each for each in late if each > LATE]
    if over:
        part.note(
            f"{len(over)} of {len(late)} receipts are for something that went more than a day after it had to, the"
            f" latest by {max(over).days} days: after a hold, or late; ask which"
        )
    check_holds(logged, {each: gone.entry for each, gone in disposed.items()}, part)
    return part, disposed


def _check(
    path: Path, batch: str, key: PublicKey, said: tuple[str, Entry] | None, rules: RulesInForce
) -> tuple[Receipt, frozenset[bytes]]:
    try:
        document = path.read_bytes()
    except OSError as error:
        raise BadExport(f"it cannot be read: {error.strerror or error}") from error
    receipt = Receipt.read(document, key)
    if receipt.batch != batch:
        raise BadExport(f"it is of the batch {receipt.batch}")
    if said is None:
        raise BadExport("no entry of the log names it")
    digest, entry = said
    if Signed.parse(document, KIND).digest != digest:
        raise BadExport(f"it is not the receipt that entry {entry.index} of the log names")
    check_in_time(receipt, entry, rules)
    listed = path.with_suffix(LEAVES_SUFFIX)
    if receipt.kind in _WITHOUT_LIST and not listed.exists():
        return receipt, frozenset()
    leaves = _leaves(listed)
    if len(leaves) != receipt.items or items_digest(leaves) != receipt.items_sha256:
        raise BadExport(f"{listed.name}, the list of its items, is not the one that it was signed over")
    return receipt, frozenset(leaves)


def _leaves(path: Path) -> list[bytes]:
    try:
        text = path.read_text("ascii")
        leaves = [bytes.fromhex(line) for line in text.splitlines()]
    except (OSError, ValueError) as error:
        raise BadExport(f"{path.name}, the list of its items, cannot be read: {error}") from error
    exact = "".join(f"{each.hex()}\n" for each in sorted(leaves)) == text
    if not exact or any(len(each) != _LEAF_BYTES for each in leaves):
        raise BadExport(f"{path.name}, the list of its items, is not in the form in which it is written")
    return leaves
