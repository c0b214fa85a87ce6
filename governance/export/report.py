"""What a check found, in words for a person and as an object for a program."""

from collections.abc import Iterator

from governance.export.verification import Report


def in_words(report: Report) -> Iterator[str]:
    """Line by line: each part, what holds and what does not, and what to keep for the next time."""
    for line in _lines(report):
        yield "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in line)


def _lines(report: Report) -> Iterator[str]:
    """Unescaped: an export may hold a name that would write over what a terminal shows."""
    yield f"Force: {report.keys.force}"
    if not report.pinned:
        yield "  note: the keys are the export's own word; compare them with those published, and pin them (--keys)"
    for part in report.parts:
        yield f"{'holds' if part.holds else 'DOES NOT HOLD':>13}  {part.checked} {part.name}"
        for problem in part.problems:
            yield f"               PROBLEM: {problem}"
        for note in part.notes:
            yield f"               note: {note}"
        if part.left_out:
            yield f"               and {part.left_out} more"
    if report.holds:
        yield "Everything holds."
        yield f"Write this checkpoint down elsewhere, and give it next time with --at-least: {report.head}"
    else:
        yield "NOT everything holds: each place is named above."


def as_object(report: Report) -> dict[str, object]:
    """The same for a program."""
    return {
        "force": report.keys.force,
        "holds": report.holds,
        "keys_pinned": report.pinned,
        "checkpoint": str(report.head),
        "parts": [
            {
                "name": part.name,
                "holds": part.holds,
                "checked": part.checked,
                "problems": part.problems,
                "notes": part.notes,
                "left_out": part.left_out,
            }
            for part in report.parts
        ],
    }
