"""The flask commands of the directory."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from hub.directory import actions, ods
from hub.domain.actor import process
from hub.domain.vocabulary import SystemActor
from hub.extensions import db
from hub.models.acting import act_as


@click.command("import-practices")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--list", "show_list", is_flag=True, help="Also list the closed and the dormant practices.")
@with_appcontext
def import_practices(file: Path, show_list: bool) -> None:
    """Bring the practices up to date from the ODS practice FILE (epraccur.csv) as published.

    Whatever the hub itself keeps about a practice (served, clinical system, opening hours,
    numbers, instructions) is left as it is. Nothing changes unless the whole file can be read.
    """
    by = process(SystemActor.SEED)
    act_as(by)
    try:
        reading = ods.read(file)
    except ods.BadFile as error:
        raise click.ClickException(f"{error} Nothing was changed.") from error
    done = actions.import_practices(reading, by=by)
    db.session.commit()
    _say_what_was_read(reading)
    if show_list:
        _list_left_out(reading)
    _say_what_changed(done, len(reading.active))


def _say_what_was_read(reading: ods.Reading) -> None:
    rows = (
        (len(reading.active), "GP practices taken (status A, prescribing setting 4)"),
        (len(reading.closed), "closed GP practices left out"),
        (len(reading.dormant), "dormant GP practices left out"),
        (len(reading.other_codes), "lines of other settings or states left out"),
    )
    for count, words in rows:
        click.echo(f"{count:>7,}  {words}")
    click.echo(
        f"{reading.lines:>7,}  = {' + '.join(f'{count:,}' for count, _ in rows)}: every line of the file"
    )


def _list_left_out(reading: ods.Reading) -> None:
    for word, lines in (("closed", reading.closed), ("dormant", reading.dormant)):
        for line in lines:
            click.echo(f"{word}: {line.code} {line.name}")


def _say_what_changed(done: actions.Imported, taken: int) -> None:
    if done.is_nothing:
        click.echo(f"Nothing changed: all {taken:,} practices were here as in the file.")
    else:
        click.echo(f"{done.added:,} practices added, {done.changed:,} changed.")
    for word, codes in (
        ("Marked closed", done.closed),
        ("Marked dormant", done.dormant),
        ("Active again", done.reopened),
        ("Here, but no GP practice in the file (left as they are)", done.no_longer_practices),
    ):
        if codes:
            click.echo(f"{word}: {', '.join(codes)}.")


commands = [import_practices]
