"""The flask commands for whoever sets a hub up: is the configuration right, and is the hub ready to start?"""

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade

from config import Settings
from hub.demo.past import COUNT as PAST
from hub.domain.actor import process
from hub.domain.vocabulary import SystemActor
from hub.models.acting import act_as
from hub.protocols.actions import publish
from hub.server_checks import server_problems


@click.command("check-config")
@with_appcontext
def check_config() -> None:
    """Look at the configuration and the servers; say what is wrong, and exit with 1 if anything is."""
    settings = _settings()
    for notice in settings.notices:
        click.echo(notice)
    if problems := server_problems(settings):
        raise click.ClickException("\n".join(problems))
    click.echo(f"The configuration is right ({settings.environment}).")


@click.command("prepare")
@with_appcontext
@click.pass_context
def prepare(context: click.Context) -> None:
    """Bring database, kinds and (outside production) the demo up to date; `make run` does so at each start.

    One process for all of it, because starting a process takes longer than most of these steps.
    """
    upgrade()
    act_as(process(SystemActor.SEED))
    publish()
    _run(context, "fill-search")
    if _settings().is_production:
        return
    _run(context, "seed-demo", if_empty=True, past=PAST)
    _run(context, "demo-at-work")
    _run(context, "demo-sign-ins")


def _run(context: click.Context, name: str, **options: int) -> None:
    context.invoke(current_app.cli.commands[name], **options)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["hub_settings"]
    return settings


commands = [check_config, prepare]
