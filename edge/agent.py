"""The agent: camera, pipeline, lists, display, spool and uplink put together, from start to a clean stop."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import metadata
from queue import SimpleQueue
from typing import Final

from edge.authorities import DeviceAuthorities, trust_key
from edge.counters import Counters
from edge.display.app import Strip
from edge.display.display import Display
from edge.enrolment import Renewal
from edge.identity import Identity
from edge.lists import Lists
from edge.lists_in_force import ListsInForce
from edge.matching.match import to_hit
from edge.matching.matchers import Matchers, exactly_only
from edge.misreads.known import measured
from edge.outbox import Outbox
from edge.passes import Pass
from edge.pipeline import Pipeline, PipelineSettings, Summary
from edge.process import only_agent_of, stopped_by_signals
from edge.run_summary import RunSummary, added, camera_counts
from edge.settings import CameraSettings, EdgeSettings, FixedPlace
from edge.spool import Spool, Unsent
from edge.uplink import Uplink
from hardware.camera import Camera
from hardware.camera_live import STREAM_SCHEMES, device_path, refuse_missing_device
from hardware.cameras import open_camera
from hardware.clock import Clock, SystemClock, clock_error_ms
from hardware.errors import CameraLost
from hardware.position import PositionSource, fixed_position, read_track
from ingest.contract.messages import Hit, Status
from models.plates.reading import PlateReader

_log = logging.getLogger(__name__)

NEWS_WITHIN_S: Final = 1.0
"""How long an agent that has lists waits for newer ones, which come with the connection where there are any."""

CAMERA_PAUSE_S: Final = 30.0
"""A live camera that stayed away for every try of its own (about ten minutes) is opened anew after this."""

ROUND_PAUSE_S: Final = 1.0
"""Between two rounds over files that are repeated: files that are all refused would otherwise be a busy loop."""

HOUSEKEEPING_S: Final = 5.0
"""How often what the disk refused is tried again, and what may not be kept any longer is erased."""

ReaderFactory = Callable[[int], PlateReader]
"""Makes the plate reader, given how many processor threads it may use."""

OnRead = Callable[[Pass, Sequence[Hit]], None]
"""Is told of each vehicle pass with its hits, after it was stored."""


class Agent:
    """One agent over one state folder. Making it takes the folder and the display's address; run does the work, once.

    Raises WrongState, DiskFull, DiskFault, DisplayNotStarted, BadBroker, or hardware.errors.BadTrack.
    """

    def __init__(
        self,
        settings: EdgeSettings,
        reader_factory: ReaderFactory,
        clock: Clock | None = None,
        *,
        on_read: OnRead = lambda _a_pass, _hits: None,
        clock_error_ms: Callable[[], float | None] = clock_error_ms,
    ) -> None:
        self._settings = settings
        self._reader_factory = reader_factory
        self._clock = clock = clock or SystemClock()
        self._on_read = on_read
        self._clock_error_ms = clock_error_ms
        self._software = f"lanthorn {metadata.version('lanthorn')}"
        self._counters = counters = Counters()
        self._stopping = threading.Event()
        self._lists_moved = threading.Condition()
        self._arrived: SimpleQueue[tuple[str, bytes] | None] = SimpleQueue()
        self._camera: Camera | None = None
        self._past_camera: Counter[str] = Counter()
        self._frames = Summary(looked_at=0, refused=0, skipped=0, passes=0)
        self._position = _position(settings.camera, clock)
        with ExitStack() as opened:
            state, device = settings.state_dir, settings.device
            opened.enter_context(only_agent_of(state))
            self._renewal = Renewal(Identity.load(state, device, settings.force), counters)
            key = None if self._renewal.identity is None else self._renewal.identity.key
            self._spool = Spool.open(state / "spool.db", device, clock, counters, key)
            opened.callback(self._spool.close)
            self._outbox = Outbox(self._spool, counters, settings.spool.max_bytes, settings.spool.pictures)
            self._lists = Lists.open(state / "lists.db", settings.force, clock, counters)
            opened.callback(self._lists.close)
            self._authorities = DeviceAuthorities.open(
                state / "authorities",
                trust_key(settings.authorities, self._renewal.identity),
                force=settings.force,
                device=device,
                clock=clock,
                counters=counters,
                position=self._position,
                clock_error_ms=clock_error_ms,
                unknown_error_s=settings.authorities.unknown_clock_error_s,
            )
            matching = settings.matching
            self._in_force = ListsInForce(
                self._lists,
                self._authorities,
                clock,
                counters,
                required=settings.authorities.required,
                matcher_for=Matchers(measured(), matching.false_stop_cost, counters)
                if matching.misreads
                else exactly_only,
            )
            self._uplink = Uplink(
                settings,
                self._spool,
                clock,
                counters,
                status=self._status,
                on_list=lambda topic, payload: self._arrived.put((topic, payload)),
                identity=lambda: self._renewal.identity,
                also=self._authorities.filters(),
            )
            self._display = Display.open(
                settings.display,
                state,
                device,
                clock,
                counters,
                strip=self._strip,
                tell=lambda answer: self._outbox.put([Unsent(answer)]),
            )
            opened.callback(self._display.stop)
            self._opened = opened.pop_all()
        self._lists.on_change(self._lists_changed)
        self._outbox.on_put(self._uplink.wake)
        self._made_before = self._spool.made
        self._threads = [
            threading.Thread(target=self._take_lists, name="lists", daemon=True),
            threading.Thread(target=self._keep_house, name="housekeeping", daemon=True),
        ]

    @property
    def enrolled(self) -> bool:
        """Whether this device has an identity to sign with."""
        return self._renewal.identity is not None

    @property
    def authorities(self) -> DeviceAuthorities:
        """What this device may do, and until when."""
        return self._authorities

    @property
    def display_link(self) -> str:
        """The link that opens the car's display. It is a key: print it for the officer, put it in no log."""
        return self._display.link

    def run(self) -> RunSummary:
        """Watch the source until it ends or stop is called (SIGINT and SIGTERM do, in the main thread).

        Raises hardware.errors.HardwareError for a source that cannot be used, and what the reader's factory raises.
        Whatever happens, everything is closed when this returns.
        """
        live = is_live(self._settings.camera.source)
        try:
            refuse_missing_device(self._settings.camera.source)
            if not live:
                self._open_camera().close()  # a source that names nothing is refused before anything is waited for
            with stopped_by_signals(self.stop):
                self._start()
                if not live:
                    self._wait_for_lists()
                self._watch(self._reader_factory(self._settings.threads), live=live)
                self._outbox.retry()
                if not live:
                    self._uplink.drain(self._settings.drain_within_s, self._stopping.is_set)
            self._uplink.stop()
            return self._summary()
        finally:
            self.close()

    def stop(self) -> None:
        """End the run soon. Any thread; not from within a signal handler, whose thread may hold any lock."""
        self._stopping.set()
        if self._camera is not None:
            self._camera.close()
        with self._lists_moved:
            self._lists_moved.notify_all()

    def close(self) -> None:
        """End every thread and close every file. For an agent that was made and not run; run does it itself."""
        self._stopping.set()
        self._arrived.put(None)
        self._uplink.stop()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
        self._opened.close()

    def counts(self) -> dict[str, int]:
        """Give every counter, the camera's among them."""
        camera = self._camera
        counts = Counter(self._counters.snapshot()) + self._past_camera
        return dict(sorted((counts + camera_counts(camera) if camera is not None else counts).items()))

    def _start(self) -> None:
        for thread in self._threads:
            thread.start()
        self._display.start()
        self._uplink.start()

    def _watch(self, reader: PlateReader, *, live: bool) -> None:
        """Look at every frame. A live camera that is lost is opened again until the agent is stopped."""
        settings = self._settings.camera
        while not self._stopping.is_set():
            camera = self._open_camera()
            try:
                with camera, self._counted(camera, reader) as pipeline:
                    for a_pass in pipeline.passes():
                        self._tell(a_pass)
                if live or not settings.repeat:
                    return
                self._stopping.wait(ROUND_PAUSE_S)
                continue
            except CameraLost as error:
                if not live:
                    raise
                self._counters.count("cameras_lost", warn=f"{error}. It is opened again in {CAMERA_PAUSE_S:g} s")
            self._stopping.wait(CAMERA_PAUSE_S)

    def _open_camera(self) -> Camera:
        settings = self._settings.camera
        return open_camera(
            settings.source,
            camera_id=settings.camera_id,
            paced=settings.paced,
            position=self._position,
            clock=self._clock,
        )

    @contextmanager
    def _counted(self, camera: Camera, reader: PlateReader) -> Iterator[Pipeline]:
        """A pipeline over a camera, with what became of the frames added up at its end."""
        pipeline = Pipeline(
            camera,
            reader,
            self._counters,
            self._clock,
            PipelineSettings(),
            software=self._software,
            clock_error_ms=self._clock_error_ms,
        )
        self._camera = camera
        if self._stopping.is_set():  # stop may have come before there was a camera to close
            camera.close()
        try:
            yield pipeline
        finally:
            self._camera = None
            self._past_camera += camera_counts(camera)
            self._frames = added(self._frames, pipeline.summary())

    def _tell(self, a_pass: Pass) -> None:
        now = self._clock.now()
        hits = [(to_hit(match, a_pass.read, now), match) for match in self._in_force.look_up(a_pass.read, now)]
        for hit, match in hits:
            self._counters.count("hits_made")
            self._display.show(hit, match, a_pass.pictures)
        made = [hit for hit, _ in hits]
        self._outbox.tell_pass(a_pass, made)
        self._on_read(a_pass, made)

    def _take_lists(self) -> None:
        while (arrived := self._arrived.get()) is not None:
            try:
                if self._authorities.is_mine(arrived[0]):
                    self._authorities.take(*arrived)
                    self._look_at_lists()
                else:
                    self._lists.take(*arrived)
            except Exception:  # noqa: BLE001  the outermost loop of this thread: without it lists would grow old unseen
                _log.exception("a published list met a fault of our own")
                self._counters.count("lists_faults")

    def _lists_changed(self) -> None:
        self._uplink.want(self._lists.wanted())
        self._look_at_lists()

    def _look_at_lists(self) -> None:
        """See which lists may be used now, and tell of a change."""
        if self._in_force.look():
            self._uplink.tell_status()
        with self._lists_moved:
            self._lists_moved.notify_all()

    def _wait_for_lists(self) -> None:
        """Give the broker time for the published lists, so that the first picture of a file is looked up as well.

        With lists from the last time only what is newer is waited for, and not for long.
        """
        held_before = bool(self._lists.manifests())
        until = time.monotonic() + self._settings.lists_within_s

        def here() -> bool:
            complete = self._lists.manifests_seen > 0 and not self._lists.arriving
            indexed = self._lists.manifests() == self._in_force.manifests()
            usable = not (self._in_force.stopped() and self._authorities.pinned)
            return (complete and indexed and usable) or self._stopping.is_set()

        if self._uplink.wait_connected(self._settings.lists_within_s):
            with self._lists_moved:
                left_s = max(0.0, until - time.monotonic())
                news = self._lists_moved.wait_for(here, min(left_s, NEWS_WITHIN_S) if held_before else left_s)
                if not news and self._lists.arriving:
                    self._lists_moved.wait_for(here, max(0.0, until - time.monotonic()))
        usable = not self._lists.arriving and not self._in_force.stopped()
        if not here() and not (held_before and usable):
            held, stopped = len(self._in_force.manifests()), len(self._in_force.stopped())
            _log.warning("of the %d lists held, %d are in force: what is read is looked up there", held, held - stopped)

    def _keep_house(self) -> None:
        while not self._stopping.wait(HOUSEKEEPING_S):
            try:
                self._look_at_lists()
                self._outbox.retry()
                self._lists.expire()
                self._authorities.forget_old()
                self._display.erase_old()
                self._renewal.look(self._clock.now())
            except Exception:  # noqa: BLE001  the outermost loop of this thread: without it nothing would be erased
                _log.exception("housekeeping met a fault of our own")
                self._counters.count("housekeeping_faults")

    def _status(self, online: bool) -> Status:
        return Status(
            device=self._settings.device,
            online=online,
            at=self._clock.now(),
            stream=self._spool.stream,
            made=self._spool.made,
            waiting=self._spool.waiting,
            lists={str(manifest.list_id): manifest.version for manifest in self._lists.manifests()},
            counters=self.counts(),
            software=self._software,
        )

    def _strip(self) -> Strip:
        return Strip(
            connected=self._uplink.connected,
            waiting=self._spool.waiting,
            pending=self._outbox.pending,
            lists=tuple(self._in_force.manifests()),
            stopped=self._in_force.stopped(),
            at=self._clock.now(),
        )

    def _summary(self) -> RunSummary:
        count = self._counters.value
        return RunSummary(
            frames=self._frames,
            reads=count("reads_made"),
            hits=count("hits_made"),
            made=self._spool.made - self._made_before,
            published=count("messages_published"),
            received=count("messages_settled"),
            waiting=self._spool.waiting,
            pending=self._outbox.pending,
            spool=self._spool.path,
            counters=self.counts(),
        )


def is_live(source: str) -> bool:
    """Say whether a source goes on until it is stopped (a stream or a device), not a file with an end."""
    return source.startswith(STREAM_SCHEMES) or device_path(source) is not None


def _position(settings: CameraSettings, clock: Clock) -> PositionSource | None:
    match settings.position:
        case None:
            return None
        case FixedPlace(latitude_deg=latitude, longitude_deg=longitude, accuracy_m=accuracy):
            return fixed_position(latitude, longitude, accuracy)
        case track:
            return read_track(track.file, starts_at=clock.now())
