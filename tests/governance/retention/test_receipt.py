"""Receipts: what they say is signed, and anything else is refused."""

import pytest

from governance.errors import BadDocument
from governance.keys import PrivateKey
from governance.retention.receipt import KIND, Receipt, items_digest, leaf
from governance.signed import Signed

KEY = PrivateKey.new()
AT = "2026-11-23T03:04:05.678Z"
LEAVES = [leaf("read", "019a-1"), leaf("read", "019a-2")]
RECEIPT = Receipt(
    batch="b-1",
    force="met",
    place="reads",
    kind="read",
    item_class="anpr-read",
    rule={"delete_by": "P12M"},
    rules_sha256="0" * 64,
    items=2,
    items_sha256=items_digest(LEAVES),
    clock_from=AT,
    clock_until=AT,
    go_by=AT,
    removed={"read": 2},
    checked=("database: read",),
    intended_at=AT,
    removed_at=AT,
    checked_at=AT,
)


def test_a_receipt_reads_back() -> None:
    document = RECEIPT.sign(KEY).to_bytes()
    assert Receipt.read(document, KEY.public) == RECEIPT
    assert Signed.parse(document, KIND).body["items"] == 2


def test_another_key_or_a_changed_byte_is_refused() -> None:
    document = RECEIPT.sign(KEY).to_bytes()
    with pytest.raises(BadDocument, match="not signed with the key of receipts"):
        Receipt.read(document, PrivateKey.new().public)
    with pytest.raises(BadDocument, match="changed"):
        Receipt.read(document.replace(b'"items":2', b'"items":1'), KEY.public)


def test_a_signed_document_that_is_no_receipt_is_refused() -> None:
    with pytest.raises(BadDocument, match="not what a receipt"):
        Receipt.read(Signed.make(KIND, {"batch": "b-1"}, KEY).to_bytes(), KEY.public)


def test_the_digest_is_of_the_items_and_not_of_their_order() -> None:
    assert items_digest(reversed(LEAVES)) == items_digest(LEAVES)
    assert items_digest(LEAVES[:1]) != items_digest(LEAVES)
    assert leaf("read", "x") != leaf("alert", "x")
