"""The kinds of field that the documents of an authority are made of, and the model that they share."""

import re
import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    PlainSerializer,
    StringConstraints,
    ValidationError,
)

from governance.errors import BadDocument
from governance.signed import canonical

LEAST_WORDS: Final = 4
"""Different words that a reason must have. It keeps out blanks and "as discussed"; a person judges the rest."""

LONGEST_REASON: Final = 4_000
"""Characters: about 600 words."""

UUID_VERSION: Final = 7

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 9_000

_TURNING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""The characters that only set the direction of writing (Unicode Standard Annex 9, section 2)."""

_WORD: Final = re.compile(r"[^\W\d_]{2,}")


def utc_ms(value: datetime) -> datetime:
    """The same instant in UTC, cut to whole milliseconds. Raises ValueError where UTC would leave the calendar."""
    try:
        value = value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{value} is outside the calendar in UTC") from error
    return value.replace(microsecond=value.microsecond // 1000 * 1000)


def time_text(value: datetime) -> str:
    """The one form of a time in a document: 2026-11-23T03:04:05.678Z."""
    return utc_ms(value).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def time_of(text: str) -> datetime:
    """Read what time_text gives. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"the time {text!r} has no zone")
    return utc_ms(moment)


def _within_reason(value: datetime) -> datetime:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"the year {value.year} is not one of {FIRST_YEAR} to {LAST_YEAR}")
    return value


def _substance(text: str) -> str:
    if len({word.casefold() for word in _WORD.findall(text)}) < LEAST_WORDS:
        raise ValueError(f"says too little: give a reason of at least {LEAST_WORDS} different words")
    return text


def _shown_as_written(text: str) -> str:
    """Refuse controls, and what turns the direction of writing round: an officer signs what the page shows."""
    for char in text:
        control = unicodedata.category(char) == "Cc" and char not in "\n\r\t"
        if control or char in _TURNING:
            raise ValueError(f"holds U+{ord(char):04X}, which is not seen and changes what is: leave it out")
    return text


def _uuid7(text: str) -> str:
    try:
        read = UUID(text)
    except ValueError:
        read = None
    if read is None or read.version != UUID_VERSION or str(read) != text:
        raise ValueError("is not a UUIDv7 in lower case")
    return text


UtcTime = Annotated[
    AwareDatetime, AfterValidator(utc_ms), AfterValidator(_within_reason), PlainSerializer(time_text, when_used="json")
]
"""An aware time, kept as UTC with milliseconds. One without a zone is refused, and one so far off that adding to it
would leave the calendar.
"""

Id = Annotated[str, AfterValidator(_uuid7)]
"""A UUIDv7 in its one text form."""

Reference = Annotated[str, StringConstraints(pattern=r"^AUTH-[0-9]{4}-[0-9]{4,9}$")]
"""What people call an authority by, such as AUTH-2026-0007."""

Account = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
"""A force or a device, as in topics."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\n\r\t]*$"),
    AfterValidator(_shown_as_written),
]
"""A short text in one line: a name, a title, an id."""

Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=LONGEST_REASON),
    AfterValidator(_substance),
    AfterValidator(_shown_as_written),
]
"""A text that gives a reason: LEAST_WORDS different words at least."""


class Record(BaseModel):
    """Frozen, and a field that is not known is an error: nobody signs what nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def body(self) -> dict[str, Any]:
        """The record as the JSON object that is signed."""
        return self.model_dump(mode="json")

    @classmethod
    def read(cls, body: Any) -> Self:
        """Read what body gives. Raises BadDocument, also where the same could be written in another way than here."""
        try:
            made = cls.model_validate(body)
        except ValidationError as error:
            raise BadDocument(f"this is not {cls.__name__.lower()} data: {in_words(error)}") from error
        if canonical(made.body()) != canonical(body):
            raise BadDocument(f"this is {cls.__name__.lower()} data in another form than the one that is signed")
        return made


def in_words(error: ValidationError) -> str:
    """Every fault, by field. Never what was given."""
    return "; ".join(
        f"{'.'.join(str(part) for part in fault['loc']) or 'the whole'}: {fault['msg'].removeprefix('Value error, ')}"
        for fault in error.errors(include_url=False, include_input=False)
    )
