"""Searches of reads, held against the rules of access: each within its tier, and under an authority where it needs one.

A search says by the SHA-256 of its rules which it was judged by: those that come with this program, or others of the
force's own, which the overseer must have been given. Marks are not in the log, so how wide a pattern was cannot be
told; only a sample that is opened shows it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from governance.access.rules import AccessRules, Tier
from governance.access.tiers import Gone, tier_for
from governance.authority.replay import History
from governance.authority.scope import AnprSearch
from governance.entry import Entry
from governance.errors import BadExport
from governance.export.part import Part
from governance.export.relied import Uses
from governance.export.times import time_of

ACT: Final = "reads.search"

MAKING: Final = timedelta(minutes=10)
"""How long before its entry in the log a search may have been judged: it looks first, and is written down then."""


def check_searches(
    entries: Iterable[Entry], uses: Uses, histories: Mapping[str, History], rules: Iterable[AccessRules], part: Part
) -> None:
    """Check every search among the entries. rules are all that any of them may have been judged by."""
    known, others = {each.sha256: each for each in rules}, Counter[str]()
    for entry in (each for each in entries if each.act.act == ACT):
        judged_by = str(entry.act.details.get("rules_sha256"))
        if judged_by not in known:
            others[judged_by] += 1
            continue
        try:
            _check(entry, uses, histories, known[judged_by])
        except (BadExport, OverflowError) as error:
            part.problem(f"entry {entry.index} of the log is a search by {entry.act.actor}: {error}")
    for judged_by, count in others.items():
        part.problem(
            f"{count} searches were made under rules of access that were not given, {judged_by[:16]}, so nobody can say"
            " that they were within them: ask the force for its folder of rules, and give it with --access-rules"
        )


def _check(entry: Entry, uses: Uses, histories: Mapping[str, History], rules: AccessRules) -> None:
    details, start = entry.act.details, time_of(entry.act.details.get("captured_from"))
    tier = _tier(start, entry, rules)
    purpose = next((each for each in rules.purposes.values() if each.words == entry.act.purpose), None)
    if purpose is None:
        raise BadExport(f"its purpose, {entry.act.purpose!r}, is none of the closed list")
    if tier.serious and not purpose.serious:
        raise BadExport(
            f"reads {tier.words} may be searched only for something serious, and it was for {purpose.words}"
        )
    if tier.authority or entry.act.authority is not None:
        _check_authority(entry, start, tier, uses, histories)
    rule = rules.surveillance
    forward = time_of(details.get("captured_until")) > entry.at - rule.now_margin
    times = details.get("times")
    if isinstance(times, int) and times >= rule.repeats and forward and not details.get("surveillance_authority"):
        raise BadExport(f"it is number {times} about one vehicle and looks forward: it needed a surveillance authority")


def _tier(start: datetime, entry: Entry, rules: AccessRules) -> Tier:
    tiers = [tier_for(start, at, rules.tiers) for at in (entry.at, entry.at - MAKING)]
    for tier in tiers:
        if not isinstance(tier, Gone) and tier.name == entry.act.details.get("tier"):
            return tier
    if any(isinstance(tier, Gone) for tier in tiers):
        raise BadExport("it asks for reads that are older than any that may be kept")
    raise BadExport(f"it says that it is in the tier {entry.act.details.get('tier')}, and its reads are in another")


def _check_authority(entry: Entry, start: datetime, tier: Tier, uses: Uses, histories: Mapping[str, History]) -> None:
    use = uses.with_(entry, (ACT,), (str(entry.act.details.get("reference")),))
    if use is None or use.authority != entry.act.authority:
        why = "reads of that age need an authority" if tier.authority else "it names an authority"
        raise BadExport(f"{why}, and no entry says that one was relied on for it")
    history = histories.get(use.authority)
    scope = history.authority.scope if history is not None else None
    if isinstance(scope, AnprSearch) and start < entry.at - MAKING - timedelta(days=scope.oldest_days):
        raise BadExport(f"its authority reaches back {scope.oldest_days} days, and the search further")
