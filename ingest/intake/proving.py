"""Who made a message: checks each device's signature before anything of the message is believed.

What it stands against: whoever can publish on a device's topic, as on a broker without topic rules. A message that
nothing proves takes up no number of its stream, and no receipt covers it. So a forger can neither take a number from
the device's own message nor make the device let go of it; and a device that ought to sign and does not keeps its
messages until it does.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from governance.devices.chain import LARGEST_NUMBER, Link, signed_link
from governance.devices.enrolled import fault_of
from ingest.contract.codec import BadMessage
from ingest.contract.messages import Envelope
from ingest.contract.proof import Proof, read_proof
from ingest.counters import Counters
from ingest.device_keys import DeviceKeys, KnownKey
from ingest.intake.judging import Aside, Judged, Proven, envelope_of

REFUSED: Final = "proofs_refused"
"""The counter of messages that were set aside because nothing proves who made them."""

_log = logging.getLogger(__name__)


class Prover:
    """Checks batches against the keys as they are now: a revocation counts from the next batch on."""

    def __init__(self, keys: DeviceKeys, counters: Counters, *, required: bool) -> None:
        self._keys = keys
        self._counters = counters
        self._required = required

    def prove(self, batch: Sequence[Judged]) -> list[Judged]:
        """The batch, with proof beside each message that has it, and set aside what needs one and has none.

        Raises DatabaseUnavailable.
        """
        devices = {envelope.device for judged in batch if (envelope := envelope_of(judged)) is not None}
        known = self._keys.of(devices)
        proven = [prove(judged, known, required=self._required) for judged in batch]
        refused = sum(before is not after and after.proven is None for before, after in zip(batch, proven, strict=True))
        if refused:
            self._counters.add(REFUSED, refused)
            _log.warning("%d messages were set aside: nothing proves who made them", refused)
        return proven


def prove(judged: Judged, known: Mapping[str, Mapping[str, KnownKey]], *, required: bool) -> Judged:
    """A message with its proof, or set aside with the reason; the same where it needs none. Pure.

    known are all keys of the devices in question, by device and id.
    """
    envelope = envelope_of(judged)
    if envelope is None:
        return judged
    keys = known.get(envelope.device, {})
    try:
        proof = read_proof(judged.delivery.properties)
        if proof is None or not (keys or required):
            _check_unsigned(envelope, keys, required=required)
            return judged
        return replace(judged, proven=_check_signed(judged, envelope, proof, keys))
    except BadMessage as error:
        return replace(judged, verdict=Aside(str(error), envelope.device))


def _check_unsigned(envelope: Envelope, keys: Mapping[str, KnownKey], *, required: bool) -> None:
    if required:
        raise BadMessage("it is not signed, and this centre takes signed messages only: enrol the device")
    made_before = any(
        known.unsigned_stream == envelope.stream and envelope.seq <= known.unsigned_made for known in keys.values()
    )
    if keys and not made_before:
        raise BadMessage("it is not signed, and its device is enrolled")


def _check_signed(judged: Judged, envelope: Envelope, proof: Proof, keys: Mapping[str, KnownKey]) -> Proven:
    delivery = judged.delivery
    known = keys.get(proof.key)
    if known is None:
        raise BadMessage(f"its key {proof.key} was never enrolled for {envelope.device}")
    if fault := fault_of(known.key, envelope.device, envelope.made_at, delivery.received_at):
        raise BadMessage(fault)
    if envelope.seq > LARGEST_NUMBER:
        raise BadMessage(f"its number is over {LARGEST_NUMBER}")
    link = Link.of(
        device=envelope.device,
        stream=envelope.stream,
        seq=envelope.seq,
        kind=delivery.topic.rsplit("/", 1)[1],
        payload=delivery.payload,
        previous=proof.previous,
        key=proof.key,
        signature=proof.signature,
        received_at=delivery.received_at,
    )
    if not signed_link(known.key.public, link.link, link.signature):
        raise BadMessage(f"its signature is not that of the key {proof.key} over what arrived")
    return Proven(link, known.key.public)
