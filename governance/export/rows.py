"""Rows held against the log: none changed, none slipped in, none gone without a receipt.

What is in an export is computed by the force. That it is computed from the real row shows only where the row itself is
opened: in a formal sample, or by `lanthorn verify --database`, which does the same on the database itself.
"""

from collections.abc import Iterable, Mapping

from governance.export.logged import Logged, LoggedRow
from governance.export.part import Part
from governance.export.row import Row, RowKey
from governance.retention.receipt import leaf


def check_rows(rows: Iterable[Row], logged: Logged, disposed: Mapping[bytes, int], where: str) -> Part:
    """Hold rows against the log. where says in words where the rows are.

    disposed are the leaves of receipts that hold (governance.retention.receipt), each with the index of its entry: a
    receipt covers what was there before it.
    """
    part = Part("rows that the log commits to")
    expected = dict(logged.rows)
    last: RowKey | None = None
    for row in rows:
        part.checked += 1
        if last is not None and row.key <= last:
            part.problem(f"{where}: {row.key} is out of order or there twice")
        last = row.key
        said = expected.pop(row.key, None)
        if said is None:
            part.problem(f"{where}: {row.key} is in no entry of the log: it was slipped in")
        elif row.holds is None:
            if not _went(row.key, said, disposed):
                part.problem(f"{where}: the content of {row.key} was erased, and no receipt of disposal covers it")
        elif row.holds != said.holds:
            part.problem(f"{where}: {row.key} is not what entry {said.index} of the log commits to: it was changed")
        elif _went(row.key, said, disposed):
            part.problem(f"{where}: {row.key} is still here, and a receipt of disposal says that it is gone")
    for key, said in expected.items():
        _missing(key, said, logged, disposed, where, part)
    return part


def _went(key: RowKey, said: LoggedRow, disposed: Mapping[bytes, int]) -> bool:
    return disposed.get(leaf(key.kind, key.id), -1) > said.index


def _missing(
    key: RowKey, said: LoggedRow, logged: Logged, disposed: Mapping[bytes, int], where: str, part: Part
) -> None:
    covered = [key] if said.belongs_to is None else [key, said.belongs_to]
    if any(_went(each, said, disposed) for each in covered):
        return
    if logged.must_be_there(said.index):
        part.problem(f"{where}: {key}, of entry {said.index} of the log, is gone, and no receipt of disposal covers it")
    else:
        part.note(f"{where}: {key}, of entry {said.index} of the log, is not there: it came later, or was never made")
