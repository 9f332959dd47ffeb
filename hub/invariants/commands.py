"""`flask check-invariants [--settled]`: prove on the live database what must hold, or name what breaks it."""

import click
from flask.cli import with_appcontext

from hub.domain.actor import process
from hub.domain.vocabulary import SystemActor
from hub.extensions import db
from hub.invariants import queries
from hub.invariants.checks import ALWAYS
from hub.invariants.settled import SETTLED
from hub.models.acting import act_as

SHOWN = 20


@click.command("check-invariants")
@click.option("--settled", is_flag=True, help="Also what must hold once workers had two minutes.")
@with_appcontext
def check_invariants(settled: bool) -> None:
    """Check what must hold on this database; end with 1 and name the rows if something does not.

    Rows are named by reference, id and code only: the output may be kept and sent.
    """
    act_as(process(SystemActor.TIMETABLE))
    found = queries.broken(settled=settled)
    db.session.rollback()
    for broken in found:
        click.echo(f"BROKEN {broken.check.name}: {broken.check.holds}")
        for what, detail in broken.rows[:SHOWN]:
            click.echo(f"    {what}: {detail}")
        if len(broken.rows) > SHOWN:
            click.echo(f"    and {len(broken.rows) - SHOWN} more")
    asked = len(ALWAYS) + (len(SETTLED) if settled else 0)
    click.echo(f"{asked - len(found)} of {asked} rules hold.")
    if found:
        raise click.exceptions.Exit(1)


commands = [check_invariants]
