"""What a search would need, in words, before it is made: for the form as the dates are chosen. Pure."""

from dataclasses import dataclass
from datetime import datetime

from governance.access.decision import in_words
from governance.access.rules import AccessRules
from governance.access.tiers import Gone, tier_for


@dataclass(frozen=True, slots=True)
class Need:
    """tier is None for what is gone. words say what the reads are, asks what they need, fault why that is not given.

    An authority is not looked at here: it is asked for, and checked when the search is made.
    """

    tier: str | None
    words: str
    asks: tuple[str, ...] = ()
    fault: str = ""


def need_of(start: datetime, purpose: str, now: datetime, rules: AccessRules) -> Need:
    """What a search for reads from start on needs; purpose may be empty while none is chosen."""
    tier = tier_for(start, now, rules.tiers)
    if isinstance(tier, Gone):
        return Need(None, "Reads of that age are gone.", fault=f"Begin on {in_words(tier.earliest)}, or later.")
    asks = ["a purpose, a reference and on whose behalf"]
    if tier.serious:
        serious = [known.words.lower() for known in rules.purposes.values() if known.serious]
        asks.append(f"one of the purposes: {', '.join(serious)}")
    if tier.authority:
        asks.append("the reference of an authority of the kind anpr-search, which an authorising officer grants")
    known = rules.purposes.get(purpose)
    fits = known is None or known.serious or not tier.serious
    fault = "" if fits else "The purpose that you chose is not enough."
    return Need(tier.name, f"Reads {tier.words} need:", tuple(asks), fault)
