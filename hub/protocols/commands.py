"""The flask command that publishes the kinds and the policy that come with this version."""

import click
from flask.cli import with_appcontext

from hub.domain.actor import process
from hub.domain.vocabulary import SystemActor
from hub.models.acting import act_as
from hub.protocols import actions


@click.command("load-kinds")
@with_appcontext
def load_kinds() -> None:
    """Publish what this version brings: kinds and policy not published yet. Run it after `db upgrade`."""
    act_as(process(SystemActor.SEED))
    try:
        added = actions.publish()
    except ValueError as error:
        raise click.ClickException(f"{error} Nothing was published.") from error
    click.echo(f"Published: {added} new." if added else "Nothing to publish: all kinds are here.")


commands = [load_kinds]
