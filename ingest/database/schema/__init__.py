"""The tables. A column whose comment begins "personal" holds, or may hold, data about a person outside the force.

Rows that come over the wire have no foreign keys to one another: an answer or a picture may arrive before its hit, and
a read may be disposed of before the alert that it made. What came twice is found by its id.
"""

from ingest.database.schema.authorities import (
    authority,
    authority_statement,
    authority_use,
    authority_year,
    officer_key,
    trust_list,
)
from ingest.database.schema.base import metadata
from ingest.database.schema.devices import device_certificate, device_code, device_code_failure, device_key, device_link
from ingest.database.schema.lists import list_chunk, list_version, voi_entry, voi_list
from ingest.database.schema.log import log_commit, log_settled
from ingest.database.schema.people import (
    account,
    account_identity,
    recovery_code,
    second_factor,
    session,
    sign_in_failure,
    sign_in_link,
)
from ingest.database.schema.retention import (
    disposal_batch,
    disposed_item,
    retention_class,
    retention_clock,
    retention_hold,
    retention_hold_item,
    retention_rules,
)
from ingest.database.schema.search import sample, search, search_audit, search_refusal, search_target, search_use
from ingest.database.schema.sightings import alert, answer, image, read
from ingest.database.schema.wire import device, device_count, device_stream, quarantine, received_range

__all__ = [
    "account",
    "account_identity",
    "alert",
    "answer",
    "authority",
    "authority_statement",
    "authority_use",
    "authority_year",
    "device",
    "device_certificate",
    "device_code",
    "device_code_failure",
    "device_count",
    "device_key",
    "device_link",
    "device_stream",
    "disposal_batch",
    "disposed_item",
    "image",
    "list_chunk",
    "list_version",
    "log_commit",
    "log_settled",
    "metadata",
    "officer_key",
    "quarantine",
    "read",
    "received_range",
    "recovery_code",
    "retention_class",
    "retention_clock",
    "retention_hold",
    "retention_hold_item",
    "retention_rules",
    "sample",
    "search",
    "search_audit",
    "search_refusal",
    "search_target",
    "search_use",
    "second_factor",
    "session",
    "sign_in_failure",
    "sign_in_link",
    "trust_list",
    "voi_entry",
    "voi_list",
]
