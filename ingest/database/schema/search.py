"""The tables of searches of reads: who asked what and why, their audit, and the samples that oversight opens.

What was asked for (the question) holds marks. It is there for paging, for audit and for an opened sample, and is erased
with its salt at its time (governance.access.rules). Digests of marks are keyed: without the key, which is not in the
database, nobody can try every mark against them.
"""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, Uuid

from ingest.database.schema.base import metadata
from ingest.database.types import JSON_VALUE, UtcMs

search = Table(
    "search",
    metadata,
    Column("search_id", Uuid, primary_key=True),
    Column("account", Text, nullable=False),
    Column("made_at", UtcMs, nullable=False, index=True),
    Column("purpose", Text, nullable=False, comment="its name in governance.access.purposes"),
    Column("reference", Text, nullable=False, comment="crime, incident or operation"),
    Column("on_behalf_of", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("authority", Text, comment="its reference, where the tier needs one"),
    Column("authority_id", Text),
    Column("surveillance", Text, comment="the reference of a directed surveillance authority, where one was given"),
    Column("starts_at", UtcMs, nullable=False),
    Column("ends_at", UtcMs, nullable=False),
    Column("results", Integer, nullable=False),
    Column("more", Boolean, nullable=False, comment="whether there were more than a search may give"),
    Column("repeated", Boolean, nullable=False, comment="whether it had a mark in common with an earlier one"),
    Column("question", Text, comment="personal: the marks and places asked for, as JSON"),
    Column("salt", LargeBinary, comment="personal: ties the log's commitment to the question; erase it with that"),
    Column("commitment", Text, nullable=False, comment="what the log holds in place of the question"),
)
Index("ix_search_account_made_at", search.c.account, search.c.made_at)

search_target = Table(
    "search_target",
    metadata,
    Column("search_id", Uuid, ForeignKey("search.search_id"), primary_key=True),
    Column("digest", Text, primary_key=True, comment="personal: keyed digest of a mark that the search was about"),
    Column("made_at", UtcMs, nullable=False, index=True),
)
Index("ix_search_target_digest_made_at", search_target.c.digest, search_target.c.made_at)

search_refusal = Table(
    "search_refusal",
    metadata,
    Column("refusal_id", Uuid, primary_key=True),
    Column("account", Text, nullable=False),
    Column("at", UtcMs, nullable=False, index=True),
    Column("reason", Text, nullable=False, comment="the name of the rule; never what was asked for"),
)

search_use = Table(
    "search_use",
    metadata,
    Column("use_id", Uuid, primary_key=True),
    Column("search_id", Uuid, ForeignKey("search.search_id"), nullable=False, index=True),
    Column("kind", Text, nullable=False, comment="page, picture, export, share"),
    Column("account", Text, nullable=False, comment="who did it"),
    Column("at", UtcMs, nullable=False, index=True),
    Column("recipient", Text, comment="of an export in words; of a share the account"),
)

search_audit = Table(
    "search_audit",
    metadata,
    Column("audit_id", Uuid, primary_key=True),
    Column("search_id", Uuid, ForeignKey("search.search_id"), nullable=False, unique=True),
    Column("drawn_at", UtcMs, nullable=False),
    Column("drawn_by", Text, nullable=False),
    Column("auditor", Text, comment="null until it is assigned"),
    Column("assigned_at", UtcMs),
    Column("assigned_by", Text),
    Column("finding", Text),
    Column("words", Text),
    Column("found_at", UtcMs),
)

sample = Table(
    "sample",
    metadata,
    Column("sample_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False, comment="searches or alerts"),
    Column("reason", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("starts_at", UtcMs, nullable=False),
    Column("ends_at", UtcMs, nullable=False),
    Column("announced_at", UtcMs, nullable=False),
    Column("announced_by", Text, nullable=False),
    Column("seed", LargeBinary, nullable=False, comment="secret until the sample is opened"),
    Column("salt", LargeBinary, nullable=False),
    Column("commitment", Text, nullable=False, comment="to the seed; in the log before anything is drawn"),
    Column("opened_at", UtcMs),
    Column("opened_by", Text),
    Column("word", Text, comment="the overseer's own part of the draw"),
    Column("drawn", JSON_VALUE, comment="the ids, in the order of the draw"),
    Column("drawn_from", Integer, comment="how many searches or alerts there were to draw from"),
)
