"""The embedded MQTT 5 broker: iotcore (rumqttd 0.20 in a wheel) as a child process on loopback, its memory capped.

It has no topic rules and no passwords, so it is never to be reached from another machine. What it does and does not,
each seen with iotcore 0.4.0 and for the most part held by tests/lanthorn/embedded/test_broker.py:

- Retained messages (set, given to a new subscription, cleared), last wills, user properties and the queue for a session
  that is away all work. All of it is in memory: a restart forgets retained messages and sessions.
- A session's expiry is not honoured: a session stays until the broker ends. $share does not deliver over MQTT 5.
- At most 100 messages are under way to one subscriber, whatever Receive Maximum it asks for. **Of what a new
  subscription finds retained, what is over that is dropped**, and nobody is told: a device asks for a list's chunks a
  few at a time, and a force with a hundred lists and authorities needs another broker.
- A subscription that the session has already, of this connection or an earlier one, gets nothing that is retained.
- Acknowledge in the order of arrival: a PUBACK out of order ends the connection.
- **A subscriber that falls behind is outrun.** Each subscription filter has a log of at most LOG_BYTES_PER_FILTER in
  memory, whoever has read it; what is older is gone for everybody, though the broker acknowledged it to its publisher.
  Nobody is told but the broker's log (`times_outrun`). Seen: 1,000 messages of 100 kB past a subscriber that
  acknowledged nothing: 740 lost, though each had its PUBACK. The edge's spool therefore keeps a message until the
  centre's receipt covers it, and publishes it again.
"""

import socket
import sys
from pathlib import Path
from typing import Final

from ingest.contract.codec import MAX_PAYLOAD_BYTES
from lanthorn.embedded.child import Child
from lanthorn.embedded.ports import LOOPBACK, free_ports, require_free

SEGMENT_BYTES: Final = 2_097_152
SEGMENTS: Final = 8

LOG_BYTES_PER_FILTER: Final = SEGMENT_BYTES * SEGMENTS
"""16 MiB for each subscription filter that anybody has used: about 600 pictures of 28 kB. A log fills and stays full,
so with the centre's five filters full the process takes 148 MB (measured: 1 GB of 100 kB messages, all consumed; 27 MB
when fresh; 24 MB more a filter, 35 MB where the messages are of 200 bytes). Twice the log took 271 MB."""

MAX_PACKET_BYTES: Final = MAX_PAYLOAD_BYTES + 65_536
"""The largest MQTT packet: the contract's largest payload, its topic and its properties."""

MAX_CONNECTIONS: Final = 1_000
MAX_UNDER_WAY: Final = 100
"""Messages under way to one subscriber. 20 to 100 is the fast range; 1,000 was measured to be slower."""

START_LIMIT_S: Final = 15.0

_OUTRUN = b"jumping to head"
_CONFIG = """\
id = 0
[router]
id = 0
max_connections = {connections}
max_outgoing_packet_count = 200
max_segment_size = {segment_bytes}
max_segment_count = {segments}
[v5.1]
name = "lanthorn"
listen = "{host}:{port}"
next_connection_delay_ms = 1
[v5.1.connections]
connection_timeout_ms = 60000
max_payload_size = {packet_bytes}
max_inflight_count = {under_way}
dynamic_filters = true
"""

_CONNECT: Final = bytes.fromhex("101b 0004 4d515454 05 02 003c 00 000e") + b"lanthorn-ready"
"""MQTT 5 CONNECT: protocol "MQTT" 5, clean start, keep alive 60 s, no properties, a client id of its own."""
_CONNACK_TYPE: Final = 0x20
_ACCEPTED: Final = 0
_DISCONNECT: Final = bytes.fromhex("e000")
_ANSWER_LIMIT_S: Final = 2.0


class Broker:
    """The embedded broker. folder is where its settings and its log lie; port is chosen where none is given."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.port = port if port is not None else free_ports(1)[0]
        folder = folder.absolute()
        self._config = folder / "broker.toml"
        command = (sys.executable, "-I", str(Path(__file__).with_name("broker_process.py")), str(self._config))
        self._child = Child("the embedded broker", command, folder / "broker.log", folder=folder)

    @property
    def host(self) -> str:
        return LOOPBACK

    @property
    def running(self) -> bool:
        """Whether its process is there. Where it ended by itself, start may be called again."""
        return self._child.running

    @property
    def pid(self) -> int:
        """The process id of its keeper."""
        return self._child.pid

    @property
    def times_outrun(self) -> int:
        """How often a subscriber fell so far behind that messages to it were lost, as far back as the log file goes."""
        if not self._child.log.exists():
            return 0
        with self._child.log.open("rb") as file:
            return sum(_OUTRUN in line for line in file)

    def start(self, limit_s: float = START_LIMIT_S) -> None:
        """Start it and wait until it answers an MQTT 5 CONNECT. Raises PortTaken or NotStarted."""
        if self.running:
            return
        require_free(self.port, self._child.name)
        self._config.parent.mkdir(parents=True, exist_ok=True)
        self._config.write_text(
            _CONFIG.format(
                connections=MAX_CONNECTIONS,
                segment_bytes=SEGMENT_BYTES,
                segments=SEGMENTS,
                host=LOOPBACK,
                port=self.port,
                packet_bytes=MAX_PACKET_BYTES,
                under_way=MAX_UNDER_WAY,
            )
        )
        self._child.start(lambda: answers(self.port), limit_s)

    def stop(self) -> None:
        """Stop it and wait until it is gone. May be called twice."""
        self._child.stop()


def answers(port: int) -> bool:
    """Whether an MQTT 5 broker on this loopback port accepts a connection."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=_ANSWER_LIMIT_S) as connection:
            connection.sendall(_CONNECT)
            answer = connection.recv(4)
            connection.sendall(_DISCONNECT)
    except OSError:
        return False
    return len(answer) == 4 and answer[0] == _CONNACK_TYPE and answer[3] == _ACCEPTED
