"""The flask commands, gathered from the stages that own them."""

from importlib import import_module

from flask import Flask

COMMANDS: tuple[str, ...] = (
    "hub.local_commands",
    "hub.directory.commands",
    "hub.people.commands",
    "hub.protocols.commands",
    "hub.worklist.commands",
    "hub.forecasting.commands",
    "hub.demo.commands",
    "hub.invariants.commands",
)


def register(app: Flask) -> None:
    """Register each module's `commands` (a list of click commands)."""
    for name in COMMANDS:
        for command in import_module(name).commands:
            app.cli.add_command(command)
