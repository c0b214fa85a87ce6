"""Time-based one-time passwords (TOTP, RFC 6238) as the second factor: 6 digits, SHA-1, steps of 30 seconds.

These are the parameters that every authenticator app has; several ignore any other. SHA-1 is used as a keyed hash
here, where its weakness against collisions does not matter (RFC 4226, appendix B.3).
A code counts once: whoever keeps the time step of the last code that was taken passes it as `after` (section 5.2).
"""

import base64
import hmac
import secrets
from datetime import datetime
from io import BytesIO
from typing import Final

import pyotp
import segno

STEP_S: Final = 30
"""RFC 6238 section 5.2 recommends it."""

DRIFT_STEPS: Final = 1
"""How many steps a phone's clock may be off either way: "at most one time step" is allowed for (section 5.2)."""

DIGITS: Final = 6
SECRET_BYTES: Final = 20
"""160 bits, the length that RFC 4226 section 4 (R6) recommends."""

ISSUER: Final = "Lanthorn"
"""The name that an authenticator app shows the code under."""

_SHOWN_TOGETHER: Final = 4


def new_secret() -> bytes:
    """The secret of a new second factor, from the system's random numbers."""
    return secrets.token_bytes(SECRET_BYTES)


def step_at(now: datetime) -> int:
    """The number of the time step that a moment lies in."""
    return int(now.timestamp()) // STEP_S


def step_of(secret: bytes, code: str, now: datetime, after: int) -> int | None:
    """The time step that a code belongs to, or None where it is wrong, too old, too early, or not after `after`."""
    # Every step is compared, whatever the ones before gave: how long it takes says nothing.
    middle = step_at(now)
    right = [step for step in range(max(middle - DRIFT_STEPS, 0), middle + DRIFT_STEPS + 1) if _is(secret, code, step)]
    return next((step for step in right if step > after), None)


def code_at(secret: bytes, step: int) -> str:
    """The code of a time step."""
    return _otp(secret).generate_otp(step)


def as_text(secret: bytes) -> str:
    """The secret as a person types it into an app: base32 in groups of four."""
    text = base64.b32encode(secret).decode()
    return " ".join(text[start : start + _SHOWN_TOGETHER] for start in range(0, len(text), _SHOWN_TOGETHER))


def address(secret: bytes, account: str) -> str:
    """The otpauth:// address that an app reads from the QR code."""
    return _otp(secret).provisioning_uri(name=account, issuer_name=ISSUER)


def qr_svg(secret: bytes, account: str) -> str:
    """The address as a QR code: an <svg> to stand within a page, dark on light, with its quiet zone."""
    output = BytesIO()
    segno.make(address(secret, account), error="m", micro=False).save(
        output, kind="svg", xmldecl=False, svgns=False, nl=False, dark="#000", light="#fff", omitsize=True, title=None
    )
    return output.getvalue().decode()


def _otp(secret: bytes) -> pyotp.TOTP:
    return pyotp.TOTP(base64.b32encode(secret).decode(), digits=DIGITS, interval=STEP_S)


def _is(secret: bytes, code: str, step: int) -> bool:
    return hmac.compare_digest(code_at(secret, step).encode(), code.encode(errors="surrogatepass"))
