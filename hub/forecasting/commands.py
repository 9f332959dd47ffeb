"""`flask replay`: the last days again, under another policy or rota, next to the one in force."""

import csv
import datetime as dt
from collections import defaultdict
from pathlib import Path
from typing import Any

import click
import numpy as np
from flask.cli import with_appcontext

from hub.domain.actor import process
from hub.domain.errors import NotFound
from hub.domain.policy import Policy, parse_policy
from hub.domain.rota import Interval
from hub.domain.vocabulary import SystemActor
from hub.domain.worktime import LONDON
from hub.forecasting import replay_queries
from hub.forecasting.replay_queries import Window
from hub.models.acting import act_as
from hub.people.queries import by_email
from hub.policies import queries as policies

_HEAD = (
    "",
    "tasks due",
    "late",
    "late %",
    "minutes late %",
    "band 1 late",
    "band 2 late",
    "mean lateness h",
    "done",
    "busy %",
    "busiest %",
)


@click.command()
@click.option(
    "--policy", "wanted", default="", help="draft-4 for a draft, 3 for a version; empty: the one in force."
)
@click.option("--days", default=30, show_default=True, help="How many working days to run again.")
@click.option(
    "--rota",
    "rota_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A CSV file of email,starts,ends (ISO times), instead of the shifts of those it names.",
)
@with_appcontext
def replay(wanted: str, days: int, rota_file: Path | None) -> None:
    """Run the last days again, from events alone, and print breaches, lateness and workload for both."""
    act_as(process(SystemActor.PLACING))
    in_force = policies.newest_version()
    try:
        policy, name = _policy(wanted or str(in_force))
        as_it_was = replay_queries.window(days)
        otherwise = replay_queries.window(days, _rota(rota_file)) if rota_file else as_it_was
    except (NotFound, ValueError) as error:
        raise click.ClickException(str(error)) from error
    if not as_it_was.rows:
        raise click.ClickException(f"Nothing was open or came in the last {days} working days.")
    first = as_it_was.time.days[0]
    click.echo(f"{len(as_it_was.rows)} tasks of the last {days} working days, from {first:%d-%b-%Y}.")
    lines = [
        ("what happened", as_it_was, as_it_was.done, as_it_was.due, None),
        (f"version {in_force}", as_it_was, *_run(as_it_was, parse_policy(policies.body_of(in_force)))),
        (f"{name}{', other rota' if rota_file else ''}", otherwise, *_run(otherwise, policy)),
    ]
    _table([_HEAD, *(_line(*line) for line in lines)])
    click.echo(
        "A run knows what came and how long it took, but not what waited for others: compare the two runs "
        "with each other, not with what happened."
    )


def _policy(wanted: str) -> tuple[Policy, str]:
    number = wanted.removeprefix("draft-")
    if not number.isdecimal():
        raise ValueError("Name a policy as draft-4 (a draft) or 3 (a version).")
    if wanted.startswith("draft-"):
        draft = policies.draft(int(number))
        return parse_policy(draft.body), f"draft {number}, {draft.name}"
    return parse_policy(policies.body_of(int(number))), f"version {number}"


def _rota(path: Path) -> dict[int, list[Interval]]:
    found: dict[int, list[Interval]] = defaultdict(list)
    with path.open(newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            person = by_email((row.get("email") or "").strip().lower())
            if person is None:
                raise ValueError(f"Line {number}: nobody has the e-mail address {row.get('email')!r}.")
            try:
                starts, ends = (_moment(row[name]) for name in ("starts", "ends"))
            except (KeyError, TypeError, ValueError):
                raise ValueError(
                    f"Line {number}: starts and ends must be times such as 2026-11-23T09:00."
                ) from None
            found[person.id].append(Interval(starts, ends))
    return {user_id: sorted(spans, key=lambda one: one.start) for user_id, spans in found.items()}


def _moment(typed: str) -> dt.datetime:
    at = dt.datetime.fromisoformat(typed)
    return (at if at.tzinfo else at.replace(tzinfo=LONDON)).astimezone(dt.UTC)


def _run(window: Window, policy: Policy) -> tuple[Any, Any, Any]:
    """Return when each task is finished and due under the policy, and people's minutes worked and there."""
    from hub.domain.forecast import forward  # loads the compiler

    snapshot, took = replay_queries.under(window, policy)
    outcome = forward.run(snapshot, minutes=took)
    done = np.isfinite(outcome.finished)
    worked = np.bincount(outcome.who[done], took[done], len(window.people))
    people = window.stretches
    whose = np.repeat(np.arange(len(people)), np.diff(people.first))
    there = np.bincount(whose, people.end - people.start, len(people))
    return outcome.finished, snapshot.work.due, (worked, there)


def _line(name: str, window: Window, finished: Any, due: Any, busy: Any) -> tuple[str, ...]:
    """Return a line of the table; `due` is when each task is due, by the targets that are asked about."""
    counted = due <= window.ends
    late = counted & (finished > due)
    minutes = np.array([float(row.took or row.minutes) for row in window.rows])
    band = np.array([row.band or 4 for row in window.rows])
    over = np.minimum(finished, window.ends)[late] - due[late]
    return (
        name,
        f"{int(counted.sum())}",
        f"{int(late.sum())}",
        _percent(late.sum(), counted.sum()),
        _percent(minutes[late].sum(), minutes[counted].sum()),
        f"{int((late & (band == 1)).sum())}",
        f"{int((late & (band == 2)).sum())}",
        f"{over.mean() / 60:.1f}" if len(over) else "0.0",
        f"{int(np.isfinite(finished).sum() if busy is not None else (finished <= window.ends).sum())}",
        *_busy(busy),
    )


def _busy(minutes: Any) -> tuple[str, str]:
    """Return how much of their time all people worked, and the busiest of them, in percent."""
    if minutes is None:
        return "", ""
    worked, there = minutes
    shares = worked[there > 0] / there[there > 0]
    return _percent(worked.sum(), there.sum()), f"{100 * shares.max():.1f}" if len(shares) else "0.0"


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f}" if whole else "0.0"


def _table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        first, *others = row
        cells = [
            first.ljust(widths[0]),
            *(one.rjust(width) for one, width in zip(others, widths[1:], strict=True)),
        ]
        click.echo("  ".join(cells).rstrip())


commands = [replay]
