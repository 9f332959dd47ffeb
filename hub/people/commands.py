"""The flask commands that open the first accounts of a hub."""

import click
from flask.cli import with_appcontext

from hub.domain.actor import process
from hub.domain.errors import Invalid
from hub.domain.vocabulary import Role, SystemActor
from hub.extensions import db
from hub.models.acting import act_as
from hub.people import actions, forms


def _open(role: Role, email: str, name: str) -> None:
    by = process(SystemActor.SEED)
    act_as(by)
    try:
        draft = forms.parse_person({"email": email, "name": name}, [role.value])
        user, phrase = actions.create(draft, by=by)
    except Invalid as error:
        raise click.ClickException(f"{error} No account was opened.") from error
    db.session.commit()
    click.echo(f"{user.name} ({user.email}) has an account as {role.value}.")
    click.echo(f"Pass phrase, shown only now: {phrase}")


@click.command("create-admin")
@click.option("--email", prompt="E-mail address", help="What the administrator signs in with.")
@click.option("--name", prompt="Name", help="The administrator's name.")
@with_appcontext
def create_admin(email: str, name: str) -> None:
    """Open an administrator's account, who makes leads. Needed once, when a hub is set up."""
    _open(Role.ADMIN, email, name)


@click.command("create-lead")
@click.option("--email", prompt="E-mail address", help="What the lead signs in with.")
@click.option("--name", prompt="Name", help="The lead's name.")
@with_appcontext
def create_lead(email: str, name: str) -> None:
    """Open a hub lead's account, who staffs the hub."""
    _open(Role.LEAD, email, name)


commands = [create_admin, create_lead]
