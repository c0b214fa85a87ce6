"""Rows held against the log: none changed, none slipped in, none gone without a receipt.

What is in an export is computed by the force. That it is computed from the real row shows only where the row itself is
opened: in a formal sample, or by `lanthorn verify --database`, which does the same on the database itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from governance.export.disposals import Gone, went
from governance.export.logged import Logged, LoggedRow
from governance.export.overdue import Overdue
from governance.export.part import Part
from governance.export.row import Row, RowKey


def check_rows(
    rows: Iterable[Row], logged: Logged, disposed: Mapping[bytes, Gone], where: str, overdue: Overdue | None = None
) -> Part:
    """Hold rows against the log. where says in words where the rows are.

    disposed are the leaves of receipts that hold (governance.retention.receipt). With overdue it is asked
    too whether each row that is here may still be.
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
            if not went(row.key, said, disposed):
                part.problem(f"{where}: the content of {row.key} was erased, and no receipt of disposal covers it")
        elif row.holds != said.holds:
            part.problem(f"{where}: {row.key} is not what entry {said.index} of the log commits to: it was changed")
        elif went(row.key, said, disposed):
            part.problem(f"{where}: {row.key} is still here, and a receipt of disposal says that it is gone")
        elif overdue is not None and (since := overdue.since(row.key, said)) is not None:
            part.problem(f"{where}: {row.key} is still here, and had to be gone by {since:%Y-%m-%d %H:%M:%S}")
    for key, said in expected.items():
        _missing(key, said, logged, disposed, where, part)
    if overdue is not None:
        overdue.tell(part)
    return part


def _missing(
    key: RowKey, said: LoggedRow, logged: Logged, disposed: Mapping[bytes, Gone], where: str, part: Part
) -> None:
    if went(key, said, disposed) or _went_with_its_own(said, logged, disposed):
        return
    if logged.must_be_there(said.index):
        part.problem(f"{where}: {key}, of entry {said.index} of the log, is gone, and no receipt of disposal covers it")
    else:
        part.note(f"{where}: {key}, of entry {said.index} of the log, is not there: it came later, or was never made")


def _went_with_its_own(said: LoggedRow, logged: Logged, disposed: Mapping[bytes, Gone]) -> bool:
    """Whether what it belongs to went after it came; that may have begun its time long before."""
    owner = None if said.belongs_to is None else logged.rows.get(said.belongs_to)
    if said.belongs_to is None or owner is None:
        return False
    return went(said.belongs_to, replace(owner, index=max(owner.index, said.index)), disposed)
