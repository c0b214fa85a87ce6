"""`lanthorn edge run`: the agent on this machine."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import typer

from edge.agent import Agent
from edge.passes import Pass
from edge.run_summary import RunSummary
from hardware.camera_live import without_password
from hardware.errors import HardwareError
from ingest.contract.base import format_utc_ms
from ingest.contract.card.words import counted, percent
from ingest.contract.messages import Hit
from lanthorn.console import err, out
from lanthorn.settings import SettingsOption, edge_settings, read_settings
from models.opening import open_plate_reader

app = typer.Typer(help="The edge agent: reads plates, alerts its own officer, tells the centre.", no_args_is_help=True)


@app.callback()
def edge() -> None:
    """The edge agent: reads plates, alerts its own officer, tells the centre."""


@app.command("run")
def run(
    source: Annotated[
        str,
        typer.Option(
            metavar="PATH|rtsp://…|/dev/video0",
            help="A picture, a video, a folder of them, a stream, or a camera device; without it, the settings' one.",
        ),
    ] = "",
    device: Annotated[str, typer.Option(help="This device's name; without it, the settings' one, or car-1.")] = "",
    paced: Annotated[
        bool, typer.Option("--paced", help="Play files at their own speed; otherwise every frame is looked at.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Play files again and again until stopped.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    settings: SettingsOption = None,
) -> None:
    """Read plates from a source until it ends or Ctrl-C, print each read, and send reads and hits to the centre.

    A device that is not enrolled reads all the same and prints its reads, and says that nothing else comes of them.
    Works without the centre: hits of the lists that this device holds are on its own display, and every message waits
    in its spool on disk until the centre has it. At the end it says how many frames were looked at and what waits.
    """
    agent_settings = edge_settings(read_settings(settings), **_given(source, device, paced=paced, again=again))
    say: Callable[..., None] = _say_json if as_json else _say_in_words
    agent = Agent(
        agent_settings,
        lambda threads: open_plate_reader(threads),
        on_read=lambda a_pass, hits: say("read", **_read_fields(a_pass, hits)),
    )
    say(
        "started",
        display=agent.display_link,
        source=agent_settings.camera.source,
        device=agent_settings.device,
        enrolled=agent.enrolled,
    )
    if not agent.enrolled:
        err.print(_not_enrolled(agent_settings.device), markup=False, style="yellow", soft_wrap=True)
    try:
        summary = agent.run()
    except HardwareError:
        say("failed", counters=agent.counts())  # the only file that was given, refused, is counted like one of many
        raise
    say("ended", **_summary_fields(summary))


def _not_enrolled(device: str) -> str:
    return (
        f"{device} is not enrolled: its reads are printed here, and nothing else comes of them. No list is looked into,"
        " and a centre takes nothing that is not signed (as long as its settings, and this device's, are the usual"
        f" ones). To enrol it, an administrator runs `lanthorn device code {device}`; then stop this agent and run"
        f" `lanthorn device enrol --device {device} --code CODE --centre URL` here."
    )


def _given(source: str, device: str, *, paced: bool, again: bool) -> dict[str, Any]:
    camera: dict[str, Any] = {}
    if source:
        camera["source"] = source
    if paced:
        camera["paced"] = True
    if again:
        camera["repeat"] = True
    return ({"camera": camera} if camera else {}) | ({"device": device} if device else {})


def _read_fields(a_pass: Pass, hits: Sequence[Hit]) -> dict[str, Any]:
    read = a_pass.read
    return {
        "mark": read.vrm,
        "as_read": read.as_read,
        "kind": read.mark_kind,
        "confidence": _rounded(read.confidence),
        "captured_at": format_utc_ms(read.captured_at),
        "frames_read": read.frames_read,
        "capture_to_told_ms": round(a_pass.capture_to_told_ms),
        "hits": [str(hit.hit_id) for hit in hits],
    }


def _rounded(confidence: float) -> float:
    """To four digits, but never up to certainty."""
    return min(round(confidence, 4), 0.9999) if confidence < 1 else 1.0


def _summary_fields(summary: RunSummary) -> dict[str, Any]:
    return {
        "frames": str(summary.frames),
        "looked_at": summary.frames.looked_at,
        "of": summary.frames.frames,
        "reads": summary.reads,
        "hits": summary.hits,
        "made": summary.made,
        "received": summary.received,
        "waiting": summary.waiting,
        "pending": summary.pending,
        "in_words": str(summary),
        "counters": summary.counters,
    }


def _say_json(what: str, **fields: Any) -> None:
    out.file.write(json.dumps({"what": what, **fields}) + "\n")
    out.file.flush()


def _say_in_words(what: str, **fields: Any) -> None:
    match what:
        case "started":
            err.print(f"Device {fields['device']} reads {without_password(fields['source'])}", markup=False)
            err.print(f"The car's own display: {fields['display']}", markup=False)
        case "read":
            hit = "  HIT" if fields["hits"] else ""
            out.print(
                f"{fields['captured_at']}  {fields['mark']:<9} {fields['kind']:<16} {percent(fields['confidence'])}"
                f"  over {counted(fields['frames_read'], 'frame')}{hit}",
                markup=False,
            )
        case "ended":
            err.print(f"{fields['in_words'][:1].upper()}{fields['in_words'][1:]}.", markup=False)
            _say_counters(fields["counters"])
        case "failed":
            _say_counters(fields["counters"])


def _say_counters(counters: Mapping[str, int]) -> None:
    counted_up = [f"{name} {n}" for name, n in counters.items() if n]
    if counted_up:
        err.print(f"Counters: {', '.join(counted_up)}", markup=False)
