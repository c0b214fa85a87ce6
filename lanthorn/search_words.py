"""What the centre says of searches, audits and samples, in lines for a person at a terminal. Times are London's."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from governance.access.decision import Reason
from ingest.contract.card.words import LONDON, counted, percent, place, spaced
from ingest.contract.messages import WirePosition

Said = Mapping[str, Any]

OPTIONS: Final = {
    Reason.TOO_OLD: "a later --from",
    Reason.NO_AUTHORITY: "--authority AUTH-2026-0001 (`lanthorn authority request` asks for one), or a later --from",
    Reason.NOT_AUTHORISED: "another --authority (`lanthorn authority show` says what it covers), or a later --from",
    Reason.NOTHING_NAMED: "--vrm, --device or --near",
    Reason.DIRECTED_SURVEILLANCE: "--surveillance REFERENCE of that authority, or an earlier --until",
}
"""By the rule that refused, the options of `lanthorn search make` that answer it."""


def need(found: Said) -> Iterator[str]:
    """What a search needs by the age of what it asks for."""
    yield found["words"]
    yield from (f"  - {one}" for one in found["asks"])
    if found["fault"]:
        yield f"  {found['fault']}"


def options_for(rules: Iterable[str]) -> str:
    """What to give on the command line so that the search may be made; empty where no option would help."""
    known = [OPTIONS[Reason(rule)] for rule in rules if rule in OPTIONS]
    return "; ".join(known)


def search(made: Said) -> str:
    """One search in two lines: its id, who, when, why and how much it found."""
    grounds, least = made["grounds"], " or more" if made["more"] else ""
    return (
        f"{made['search_id']}  {_when(made['made_at'])}  {counted(made['results'], 'read')}{least}\n"
        f"    by {made['account']} for {grounds['on_behalf_of']}; {grounds['purpose']}, {grounds['reference']};"
        f" reads {made['tier']}{_under(grounds)}"
    )


def question(asked: Said | None) -> Iterator[str]:
    """What a search asked for."""
    if asked is None:
        yield "    what it asked for is no longer kept"
        return
    yield f"    from {_when(asked['start'])} up to {_when(asked['until'])}"
    for name in ("marks", "devices", "cameras"):
        if asked[name]:
            yield f"    {name}: {', '.join(asked[name])}"
    if asked["place"]:
        yield f"    place: {', '.join(f'{name} {value}' for name, value in asked['place'].items())}"


def reads(shown: Said) -> Iterator[str]:
    """A page of results: the search, its reads, and where it goes on."""
    made, start, found = shown["search"], shown["start"], shown["reads"]
    yield search(made)
    for one in found:
        yield _read(one)
    after = start + len(found)
    if after < made["results"]:
        yield f"{after} of {made['results']} shown; on: lanthorn search show {made['search_id']} --start {after}"
    elif made["more"]:
        yield f"There are more than the {made['results']} that one search gives: narrow it to see the others."


def audits(found: Iterable[Said]) -> Iterator[str]:
    """Audits, one in a line or two."""
    for one in found:
        yield f"{one['audit_id']}  drawn {_when(one['drawn_at'])}  {_standing(one)}"
        if one["words"]:
            yield f"    {one['words']}"


def samples(found: Iterable[Said]) -> Iterator[str]:
    """Samples as they were announced, one in two lines."""
    for one in found:
        state = "announced, not opened"
        if one["opened_at"]:
            state = f"opened {_when(one['opened_at'])}, {len(one['drawn'])} drawn of {one['drawn_from']},"
        yield f"{one['sample_id']}  {state} by {one['announced_by']}: {one['reason']}"
        yield (
            f"    {one['number']} {one['kind']} made from {_when(one['starts_at'])} up to {_when(one['ends_at'])};"
            f" commitment {one['commitment']}"
        )


def opened(found: Said) -> Iterator[str]:
    """What an open sample shows."""
    yield from samples([found["sample"]])
    for made in found["searches"]:
        yield search(made)
        yield from question(made["question"])
    for one in found["alerts"]:
        mark = one["vrm"] or "the mark is erased"
        answers = ", ".join(one["answers"]) or "no answer"
        yield f"{one['alert_id']}  {_when(one['received_at'])}  {mark}  {percent(one['probability'])}  {one['device']}"
        yield f"    {one['marker']} {one['reason']} ({one['authority']}); {answers}"
    if not found["searches"] and not found["alerts"]:
        yield "nothing was drawn: nothing was made in that time, or it has been erased"


def figures(found: Iterable[Said]) -> Iterator[str]:
    """How each person searched, a line a person."""
    for one in found:
        rules = ", ".join(f"{rule} {number}" for rule, number in one["refused_by_rule"].items())
        used = [counted(one[f"{name}s"], name) for name in ("export", "share")]
        yield (
            f"{one['account']}: {counted(one['searches'], 'search', 'searches')} ({one['no_result']} without result,"
            f" {one['older']} older, {one['repeated']} repeated, {one['under_surveillance_authority']} under a"
            f" surveillance authority); {counted(one['pictures'], 'picture')} looked at, {', '.join(used)}; refused"
            f" {one['refused']}{f' ({rules})' if rules else ''}; {one['audited']} audited, {one['not_justified']} not"
            " justified"
        )


def _under(grounds: Said) -> str:
    under = f", under {grounds['authority']}" if grounds["authority"] else ""
    watched = f", directed surveillance {grounds['surveillance']}" if grounds["surveillance"] else ""
    return under + watched


def _standing(audit: Said) -> str:
    if audit["finding"]:
        return f"{audit['finding']}, says {audit['auditor']}"
    return f"with {audit['auditor']}" if audit["auditor"] else "not assigned"


def _read(one: Said) -> str:
    mark = spaced(one["vrm"], one["mark_kind"])
    as_read = f" (as read: {one['as_read']})" if one["as_read"] != one["vrm"] else ""
    position = None if one["position"] is None else WirePosition.model_validate(one["position"])
    return (
        f"{_when(one['captured_at'])}  {mark}{as_read}  {percent(one['confidence'])}  {one['device']}/{one['camera']}"
        f"  {place(position)}"
    )


def _when(text: str) -> str:
    local = datetime.fromisoformat(text).astimezone(LONDON)
    return f"{local:%Y-%m-%d %H:%M:%S %Z}"
