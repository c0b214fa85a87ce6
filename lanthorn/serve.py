"""`lanthorn serve`: the centre."""

from lanthorn.console import err
from lanthorn.service import Service, wait_for_signal
from lanthorn.settings import SettingsOption, read_settings


def serve(settings: SettingsOption = None) -> None:
    """Run the centre: intake, lists, alerts, pages; with the broker, store and database that the settings name.

    Embedded ones are started with it and stopped with it. Make the first account with `lanthorn account add`. Ctrl-C
    stops everything.
    """
    with Service(read_settings(settings)) as service:
        err.print(f"Lanthorn is at {service.address}  (Ctrl-C stops it)", style="bold")
        wait_for_signal()
