"""`lanthorn authority keys`: the authorising officers' signing keys and the list of those that are trusted."""

import json
from typing import Annotated, Any

import typer

from lanthorn.asking import ask_passphrase
from lanthorn.centre_session import AsJson, Server, User, signed_in
from lanthorn.console import err, out
from lanthorn.settings import SettingsOption

app = typer.Typer(
    help="Signing keys. An authorising officer makes a key (make) and reads its fingerprint to an administrator, who"
    " puts it on the trust list with the officer's rank (trust). What it signs then counts, until it is retired.",
    no_args_is_help=True,
)


@app.command("make")
def make(user: User, as_json: AsJson = False, server: Server = "", settings: SettingsOption = None) -> None:
    """Make your own signing key (authorising officers). Its passphrase is asked for, or taken from LANTHORN_PASSPHRASE.

    Nobody can give you the passphrase back: with it lost, the key is retired and another made.
    """
    passphrase = ask_passphrase(new=True)
    with signed_in(user, server, settings) as centre:
        made = centre.call("POST", "/api/authorities/keys", json={"passphrase": passphrase})
    if as_json:
        out.print_json(json.dumps(made))
        return
    out.print(made["fingerprint"], markup=False)
    err.print("Read this fingerprint to an administrator, who puts the key on the trust list:")
    err.print(f'  lanthorn authority keys trust "{made["fingerprint"]}" --rank RANK', markup=False)


@app.command("list")
def list_keys(user: User, as_json: AsJson = False, server: Server = "", settings: SettingsOption = None) -> None:
    """Show every key: whose, its fingerprint, and from when until when it is trusted."""
    with signed_in(user, server, settings) as centre:
        keys = centre.call("GET", "/api/authorities/keys")
    if as_json:
        out.print_json(json.dumps(keys))
        return
    for key in keys:
        out.print(f"{key['key_id']}  {key['account']}  {_standing(key)}\n    {key['fingerprint']}", markup=False)


@app.command("trust")
def trust(
    fingerprint: Annotated[str, typer.Argument(help="The whole fingerprint, as the officer read it to you.")],
    rank: Annotated[str, typer.Option(help="The officer's rank, such as inspector (docs/authorities.md has them).")],
    user: User,
    until: Annotated[str, typer.Option(help="When trust ends by itself, such as 2027-11-30T00:00Z.")] = "",
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Put an officer's key on the trust list (administrators; never your own)."""
    given: dict[str, object] = {"fingerprint": fingerprint, "rank": rank}
    if until:
        given["until"] = until
    with signed_in(user, server, settings) as centre:
        key = centre.call("POST", "/api/authorities/keys/trust", json=given)
    out.print(f"{key['key_id']}  {key['account']}  {_standing(key)}", markup=False)


@app.command("retire")
def retire(
    key_id: Annotated[str, typer.Argument(metavar="KEY", help="The key's id, as `keys list` shows it.")],
    user: User,
    compromised: Annotated[
        bool, typer.Option("--compromised", help="Nothing that it ever signed counts any more.")
    ] = False,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """End the trust in a key. What it signed until now still counts, unless it is compromised."""
    with signed_in(user, server, settings) as centre:
        key = centre.call("POST", f"/api/authorities/keys/{key_id}/retire", json={"compromised": compromised})
    out.print(f"{key['key_id']}  {key['account']}  {_standing(key)}", markup=False)


@app.command("trust-key")
def trust_key(user: User, as_json: AsJson = False, server: Server = "", settings: SettingsOption = None) -> None:
    """Show the force's trust key: what a device, or an overseer, pins."""
    with signed_in(user, server, settings) as centre:
        trusted = centre.call("GET", "/api/authorities/trust")
    if as_json:
        out.print_json(json.dumps(trusted))
        return
    out.print(trusted["anchor"], markup=False)
    err.print(f"key {trusted['anchor_id']}; the trust list has number {trusted['number']}", markup=False)


def _standing(key: dict[str, Any]) -> str:
    if key["compromised"]:
        return "COMPROMISED: nothing that it signed counts"
    if key["trusted_from"] is None:
        return "not trusted yet"
    until = f" until {key['trusted_until'][:16]}Z" if key["trusted_until"] else ""
    return f"{key['rank']}, trusted from {key['trusted_from'][:16]}Z{until}"
