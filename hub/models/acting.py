"""Who is acting, told to the database at the start of every transaction.

Row-level security reads `app.user` and `app.scope`. Nothing set means nothing seen, so a
forgotten `act_as` shows no rows rather than everyone's.
"""

from typing import Any

from sqlalchemy import Connection, event, text
from sqlalchemy.orm import Session, SessionTransaction, scoped_session

from hub.domain.actor import Actor
from hub.extensions import db

_SET = text("select set_config('app.user', :user, true), set_config('app.scope', :scope, true)")
# A job may think long between reading and writing; a page that does so is stuck, and is ended.
_SET_FOR_JOBS = text(
    "select set_config('app.user', :user, true), set_config('app.scope', :scope, true), "
    "set_config('idle_in_transaction_session_timeout', '300s', true)"
)


def act_as(actor: Actor | None, session: Session | scoped_session[Any] | None = None) -> None:
    """Make `actor` the one who acts in this session's transactions from now on.

    Raises:
        RuntimeError: a transaction is open; it would go on as the former actor.
    """
    chosen: Any = session if session is not None else db.session
    real: Session = chosen() if isinstance(chosen, scoped_session) else chosen
    if real.in_transaction():
        raise RuntimeError("The actor cannot change inside an open transaction: commit or roll back first.")
    real.info["actor"] = actor


def acting(session: Session | scoped_session[Any] | None = None) -> Actor | None:
    """Return who acts in this session, or None."""
    chosen: Any = session if session is not None else db.session
    actor: Actor | None = chosen.info.get("actor")
    return actor


@event.listens_for(Session, "after_begin")
def _tell_the_database(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    actor: Actor | None = session.info.get("actor")
    if actor is None:
        return
    user = "" if actor.user_id is None else str(actor.user_id)
    statement = _SET if actor.system is None else _SET_FOR_JOBS
    connection.execute(statement, {"user": user, "scope": actor.sees})
