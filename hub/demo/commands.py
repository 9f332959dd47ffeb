"""The flask commands of the demo. None of them runs in production."""

import datetime as dt

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select

from hub.demo import at_work, day, recalls, seed
from hub.demo import past as weeks_before
from hub.demo.password import demo_password
from hub.demo.staff import PEOPLE
from hub.extensions import clock, db
from hub.models import Patient, Task, User
from hub.models.acting import act_as
from hub.protocols import actions as protocols

BEGAN = dt.timedelta(hours=3)


def _refuse_in_production() -> None:
    if current_app.extensions["hub_settings"].is_production:
        raise click.ClickException("The demo is refused in production: it is made of invented people.")


@click.command("seed-demo")
@click.option("--seed", "number", default=1, show_default=True, help="The same number gives the same demo.")
@click.option(
    "--tasks",
    default=seed.TASKS,
    show_default=True,
    type=click.IntRange(0, 20_000),
    help="How many requests.",
)
@click.option(
    "--past",
    default=0,
    show_default=True,
    type=click.IntRange(0, 1000),
    help="How many requests of past weeks.",
)
@click.option("--if-empty", is_flag=True, help="Leave quietly when there is data already.")
@with_appcontext
def seed_demo(number: int, tasks: int, past: int, if_empty: bool) -> None:
    """Fill an empty database with the demo: places, people, patients and today's work, all made up."""
    _refuse_in_production()
    act_as(seed.SEED)
    found = _what_is_here()
    db.session.remove()
    if found and if_empty:
        return
    if found:
        raise click.ClickException(f"The demo needs an empty database; here is {found}. Nothing was changed.")
    _fill(number, tasks, past)
    click.echo(f"The demo is here: {len(PEOPLE)} people, {tasks} requests. `flask demo-sign-ins` lists them.")


def _fill(number: int, tasks: int, past: int) -> None:
    act_as(seed.SEED)
    protocols.publish()
    if not at_work.people():
        seed.make_places_and_people()
    with seed.acting(seed.SEED):
        at_work.come_to_work(since=BEGAN)
    now = clock.now()
    with clock.at(now):
        weeks_before.live_through(number, past)
        seed.raise_requests(number, tasks)
        day.live_through(now)
        seed.raise_urgent(number, tasks)
        recalls.set_up_recalls()


def _what_is_here() -> str:
    """Return what stands in the way, or "". People of a demo that was cut short do not."""
    strangers = User.email.not_in([person.email for person in PEOPLE])
    for words, query in (
        ("a request", select(Task.id)),
        ("a patient", select(Patient.id)),
        ("an account", select(User.id).where(strangers)),
    ):
        if db.session.scalar(query.limit(1)) is not None:
            return words
    return ""


@click.command("demo-at-work")
@with_appcontext
def demo_at_work() -> None:
    """Put the demo's staff at work for the next hours, at whatever time it is. Run it at each start."""
    _refuse_in_production()
    with seed.acting(seed.SEED):
        added = at_work.come_to_work()
        changed = at_work.keep_password()
    if added:
        click.echo(f"{added} of the demo's staff came to work or went away.")
    if changed:
        click.echo("The demo's people sign in with today's HUB_DEMO_PASSWORD.")


@click.command("demo-sign-ins")
@with_appcontext
def demo_sign_ins() -> None:
    """Say how each person of the demo signs in."""
    _refuse_in_production()
    act_as(seed.SEED)
    here = at_work.people()
    if not here:
        click.echo("There is no demo here: these accounts are your own.")
        return
    width = max(len(person.title) for person in PEOPLE)
    names = max(len(person.name) for person in PEOPLE)
    for person in PEOPLE:
        if person.email in here:
            click.echo(f"  {person.title:<{width}}  {person.name:<{names}}  {person.email}")
    click.echo(f"Everyone's password: {demo_password()}")


commands = [seed_demo, demo_at_work, demo_sign_ins]
