"""The flask command that makes patients findable by name who were kept before there was a search."""

import click
from flask.cli import with_appcontext

from hub.domain.actor import process
from hub.domain.vocabulary import SystemActor
from hub.extensions import db
from hub.models.acting import act_as
from hub.worklist.search_actions import fill_names


@click.command("fill-search")
@with_appcontext
def fill_search() -> None:
    """Make every patient findable by family name and date of birth; a second run changes nothing."""
    total = 0
    while True:
        act_as(process(SystemActor.SEED))
        found = fill_names()
        db.session.commit()
        total += found
        if not found:
            break
    if total:
        click.echo(f"{total} patients can now be found by family name and date of birth.")


commands = [fill_search]
