"""The one password of the demo's people: HUB_DEMO_PASSWORD, or one made once and kept with the data."""

import os
from pathlib import Path

from flask import current_app

from hub.people.passwords import new_phrase

_FILE = "demo-password"


def demo_password() -> str:
    """Return the password; made and written to a private file in HUB_DATA on first need."""
    settings = current_app.extensions["hub_settings"]
    if settings.demo_password:
        return str(settings.demo_password)
    path = Path(settings.data_dir) / _FILE
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(new_phrase() + "\n")
    return path.read_text().strip()
