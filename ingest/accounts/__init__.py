"""Who may sign in, and how: local accounts by password or link, a sign-in provider's people, second factors, sessions.

Everything that changes is in the log. What it stands against:
- A copy of the database opens nothing: it holds Argon2id hashes of passwords, SHA-256 of random tokens and codes, and
  second factors' secrets sealed under a key that is not in it.
- A stranger cannot learn which names exist: an unknown name costs the same work, gets the same answer, and is delayed
  after the same number of failures.
- Guessing is slow, of passwords and of codes: after a few failures each further try waits, twice as long each time.
- A code that was watched being typed is no use: each counts once.
- Many tries at once cannot take the machine's memory: only a few passwords are checked at the same time.
"""

from ingest.accounts.accounts import SEALED_FOR, SEALING_KEY_FILE, Accounts
from ingest.accounts.links import MOST_LINK_USES
from ingest.accounts.passwords import CHECKS_AT_ONCE
from ingest.accounts.people import Account, Person
from ingest.accounts.provided import Identity
from ingest.accounts.second_factors import Offer, SecondFactors
from ingest.accounts.sessions import Given, How, Session
from ingest.accounts.tries import FAILURES_KEPT, FIRST_WAIT, FREE_TRIES, LONGEST_WAIT, wait_after

__all__ = [
    "CHECKS_AT_ONCE",
    "FAILURES_KEPT",
    "FIRST_WAIT",
    "FREE_TRIES",
    "LONGEST_WAIT",
    "MOST_LINK_USES",
    "SEALED_FOR",
    "SEALING_KEY_FILE",
    "Account",
    "Accounts",
    "Given",
    "How",
    "Identity",
    "Offer",
    "Person",
    "SecondFactors",
    "Session",
    "wait_after",
]
