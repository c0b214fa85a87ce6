"""What the centre says of retention, in lines for a person at a terminal."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from governance.retention.durations import Duration
from ingest.contract.card.words import counted

Said = Mapping[str, Any]


def overview(found: Said, days: int) -> Iterator[str]:
    """What is held, due, late, and gone, a line a place."""
    if doubt := found["clock"]["doubt"]:
        yield doubt
    by = f"gone in {counted(days, 'day')}" if days else "gone now"
    yield f"{'place':<18} {'class':<20} {'held':>9} {by:>15} {'late':>6} {'on hold':>8} {'disposed of':>12}"
    for one in found["places"]:
        least = "" if one["counted_fully"] else "+"
        yield (
            f"{one['place']:<18} {one['class']:<20} {one['held']:>9} {str(one['due']) + least:>15} {one['late']:>6}"
            f" {one['on_hold']:>8} {one['gone']:>12}"
        )
        if one["trouble"]:
            yield f"    cannot be asked now: {one['trouble']}"
    yield f"rules {found['rules_sha256'][:16]}…; disposed of: in the last 28 days; +: at least, not all was counted"


def run(done: Said) -> Iterator[str]:
    """What a run came to."""
    if done["elsewhere"]:
        yield "another process is disposing just now; nothing was done here"
    for one in done["disposed"]:
        yield f"{one['items']} of {one['place']} ({one['class']}) are gone, with a receipt"
    if not done["disposed"] and not done["elsewhere"]:
        yield "nothing had to go"
    if done["left"]:
        yield "there is more: the scheduler goes on with it, or run this again"
    for place, trouble in done["failed"].items():
        yield f"{place}: not all could go, and it is tried again: {trouble}"


def stories(found: Iterable[Said]) -> Iterator[str]:
    """Why each of these is here, or how it went."""
    for one in found:
        yield f"{one['kind']} {one['item']}"
        if one["state"] == "gone":
            yield f"  disposed of at {one['gone_at']} as {one['decided_by']}; receipt {one['batch']}"
            continue
        if one["leaving"]:
            yield f"  is being disposed of now, in batch {one['leaving']}"
        yield f"  {_STATES[one['state']]}"
        if one["go_by"]:
            yield f"  must be gone by {one['go_by']}"
        if one["keep_until"]:
            yield f"  may not go before {one['keep_until']}"
        if one["review_at"]:
            yield f"  a person reviews it by {one['review_at']}"
        for reason in one["reasons"]:
            yield f"  - {reason}"
        for each in one["classes"]:
            if each["rule"]:
                yield f"  {each['class']}: {each['rule']['standing']}; {each['rule']['legal_basis']}"
            if each["set_by"]:
                yield f"    given by {each['set_by']} at {each['set_at']}: {each['why']}"
        if one["locked_until"]:
            yield f"  locked in the object store until {one['locked_until']}"
        if one["held_in_store_at"]:
            yield f"  under a legal hold in the object store since {one['held_in_store_at']}"
        yield f"  under the rules {one['rules_sha256'][:16]}…"


def rules(found: Said) -> Iterator[str]:
    """The rules in force, then the sets there were."""
    for one in found["in_force"]["rules"]:
        bounds = [
            f"{word} {Duration.parse(one[name]).words}"
            for name, word in (("keep_at_least", "at least"), ("delete_by", "deleted by"))
            if one[name]
        ]
        yield f"{one['class']:<28} {', '.join(bounds)} from {one['clock']}  [{one['standing']}]"
        yield f"    {one['legal_basis']}{'. ' + one['note'] if one['note'] else ''}"
    for one in found["in_force"]["holds"]:
        renewable = "renewable" if one["renewable"] else "not renewable"
        yield f"{one['kind']} hold: at most {Duration.parse(one['longest']).words} at a time, {renewable}"
    yield from (version(one) for one in found["sets"])


def version(one: Said) -> str:
    """One set of rules in a line."""
    under = f" under {one['authority']}" if one["authority"] else ""
    ended = f"; {one['ended_why']} ({one['ended_at']})" if one["ended_at"] else ""
    return (
        f"set {one['number']}: {one['state']}, from {one['starts_at']}, by {one['proposed_by']}{under}: {one['why']}"
        f"{ended}  sha256 {one['sha256']}"
    )


def hold(one: Said) -> str:
    """One hold in a line."""
    ended = f"  ended by {one['ended_by']}" if one["ended_by"] else ""
    return (
        f"{one['hold_id']}  {one['kind']}, {counted(one['items'], 'item')}, until {one['ends_at'][:16]}, review by"
        f" {one['review_at'][:16]}, renewed {counted(one['renewals'], 'time')}; {one['owner']}: {one['reason']}{ended}"
    )


def preview(found: Said) -> Iterator[str]:
    """What a change would delete, and what it would keep longer."""
    if not found:
        return
    yield f"as it would be at {found['at']}, when the change comes into force:"
    for one in found["changes"]:
        yield f"{one['item_class']} in {one['place']} ({one['held']} held): {one['was']}  ->  {one['becomes']}"
        yield f"    {one['at_once']} would go at once, {one['sooner']} sooner, {one['longer']} would be kept longer"
        for item in one["earliest"]:
            yield f"    {item['kind']} {item['item']}: {item['was']} -> {item['becomes']}"
    if not found["changes"]:
        yield "nothing that is held now would change"
    if found["holds_changed"]:
        yield f"the rules of these holds change: {', '.join(found['holds_changed'])}"


_STATES = {
    "held": "is held, and does not go",
    "kept": "is kept",
    "may-go": "may go",
    "overdue": "should be gone: it goes with the next round",
}
