"""Passwords: Argon2id hashes, and the one rule for new ones.

The parameters are the second recommended option of RFC 9106, section 4: 3 passes, 4 lanes, 64 MiB. They are above what
OWASP asks for at least (19 MiB, 2 passes, 1 lane). The rule for a new password is a length and no composition, as NIST
SP 800-63B (revision 4, section 3.1.1) and the NCSC ("three random words") advise.
"""

import logging
import unicodedata
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from governance.errors import PasswordRefused

PASSES: Final = 3
LANES: Final = 4
MEMORY_KIB: Final = 65_536
SALT_BYTES: Final = 16
HASH_BYTES: Final = 32

MIN_LENGTH: Final = 12
"""In characters. Three random words are longer."""

MAX_BYTES: Final = 1_024
"""A bound on the work that a stranger's sign-in can ask for; NIST asks that at least 64 characters be allowed."""

_hasher = PasswordHasher(PASSES, MEMORY_KIB, LANES, HASH_BYTES, SALT_BYTES, type=Type.ID)

_NOBODY: Final = "$argon2id$v=19$m=65536,t=3,p=4$E+tKpSAU3QipzWhMHwuR0w$B/ZCW2Wdp06Jle36u4Hkg9yAbnBI61DyyGPbGICwv8w"
"""The hash of random bytes that nobody kept, with today's parameters: checked where there is no account."""

_log = logging.getLogger(__name__)


def hash_password(password: str) -> str:
    """The hash to store, its parameters and salt included. Raises PasswordRefused for one too short or too long."""
    secret = _bytes(password)
    if len(password) < MIN_LENGTH:
        raise PasswordRefused(
            f"the password has {len(password)} characters; use {MIN_LENGTH} or more, such as three words"
        )
    if len(secret) > MAX_BYTES:
        raise PasswordRefused(f"the password has {len(secret)} bytes; use {MAX_BYTES} or fewer")
    return _hasher.hash(secret)


def check_password(stored: str | None, password: str) -> bool:
    """Whether this is the password. stored is None for an unknown account: never right, and the same work."""
    secret = _bytes(password)
    try:
        _hasher.verify(stored or _NOBODY, secret[:MAX_BYTES])
    except InvalidHashError:
        _log.warning("a stored password hash is damaged: nobody can sign in with it, set a new password")
        return False
    except VerificationError:
        return False
    return bool(stored) and len(secret) <= MAX_BYTES


def needs_rehash(stored: str) -> bool:
    """Whether a stored hash has other parameters than today's: hash the password anew at the next good sign-in."""
    return _hasher.check_needs_rehash(stored)


def _bytes(password: str) -> bytes:
    """The password as bytes, the same for the same text however the keyboard composed its accents (NIST SP 800-63B)."""
    return unicodedata.normalize("NFC", password).encode(errors="surrogatepass")
