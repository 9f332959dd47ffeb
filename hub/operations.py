"""The front door, the navigation, and what operations ask: is it alive, is it ready?"""

from dataclasses import dataclass
from typing import Any

from alembic.script import ScriptDirectory
from flask import Blueprint, current_app, jsonify, redirect, request, url_for
from flask_login import current_user
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from hub.background import redis_connection
from hub.domain.vocabulary import Role
from hub.extensions import db
from hub.security import anyone_signed_in, public

bp = Blueprint("operations", __name__)

# Who finds which page in the navigation; the first link of a role is its front page.
NAVIGATION: tuple[tuple[str, str, frozenset[Role]], ...] = (
    ("Board", "balancing.board", frozenset({Role.LEAD})),
    ("My worklist", "worklist.mine", frozenset({Role.CLINICIAN})),
    ("Queues", "worklist.queues", frozenset({Role.CLINICIAN, Role.LEAD})),
    ("Completed and stopped", "worklist.closed", frozenset({Role.CLINICIAN, Role.LEAD})),
    ("Requests", "conversation.requests", frozenset({Role.REQUESTER})),
    ("New request", "intake.new", frozenset({Role.REQUESTER})),
    ("Patient lists", "handouts.index", frozenset({Role.REQUESTER, Role.CLINICIAN})),
    ("Requests from files", "imports.index", frozenset({Role.LEAD})),
    ("Practice", "own.index", frozenset({Role.REQUESTER})),
    ("Reports", "reporting.reports", frozenset({Role.REQUESTER, Role.LEAD})),
    ("Recalls", "recalls.index", frozenset({Role.REQUESTER, Role.LEAD})),
    ("Rota", "rota.week", frozenset({Role.LEAD})),
    ("Policy", "policies.index", frozenset({Role.LEAD})),
    ("People", "people.index", frozenset({Role.LEAD, Role.ADMIN})),
    ("Practices", "directory.practices", frozenset({Role.LEAD, Role.ADMIN})),
    ("Letters", "letters.given_up", frozenset({Role.ADMIN})),
    ("Networks", "directory.networks", frozenset({Role.LEAD, Role.ADMIN})),
)

# Pages of a blueprint without an entry of its own belong to these; of several, the first that one may see.
_BELONGS: dict[str, tuple[str, ...]] = {
    "requests_found": ("conversation.requests",),
    "changes": ("conversation.requests",),
    "outcomes": ("worklist.mine",),
    "placing": ("worklist.mine", "worklist.queues"),
    "order": ("worklist.mine", "worklist.queues"),
    "worklist": ("worklist.mine", "worklist.queues"),
    "forecasting": ("balancing.board",),
    "duty": ("rota.week",),
    "sign_offs": ("people.index",),
    "closing": ("directory.practices",),
}
_OF_NETWORKS = ("network", "contract", "membership")


@dataclass(frozen=True)
class Link:
    """One link of the navigation; `here` is "page" on its own page, "true" on a page below it, or ""."""

    text: str
    url: str
    here: str


def navigation() -> list[Link]:
    """Return the links that the person signed in may follow."""
    mine = current_user.actor.roles
    seen = [(words, endpoint) for words, endpoint, roles in NAVIGATION if roles & mine]
    endpoints = [endpoint for _, endpoint in seen]
    above = _above(request.endpoint or "", endpoints)
    return [
        Link(words, url_for(one), "page" if one == request.endpoint else "true" if one == above else "")
        for words, one in seen
    ]


def _above(endpoint: str, seen: list[str]) -> str:
    """Return which of the entries a page stands below; "" for an entry itself, or if it is below none."""
    if endpoint in seen:
        return ""
    blueprint, _, name = endpoint.partition(".")
    belongs = _BELONGS.get(blueprint) or tuple(one for one in seen if one.partition(".")[0] == blueprint)
    if blueprint == "directory":
        of_networks = any(word in name for word in _OF_NETWORKS)
        belongs = ("directory.networks" if of_networks else "directory.practices",)
    return next((one for one in belongs if one in seen), "")


@bp.app_context_processor
def _navigation() -> dict[str, Any]:
    return {"navigation": navigation}


@bp.get("/")
@anyone_signed_in
def home() -> Response:
    """Lead each role to its own front page."""
    return redirect(navigation()[0].url)


@bp.get("/healthz")
@public
def healthz() -> Response:
    """Say that this process is alive; asks nothing of anyone else."""
    return jsonify(alive=True)


@bp.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """Say whether pages can be served: the database answers and has this code's schema.

    Redis is reported but does not decide: without it everything but the doorbell works.
    """
    ready = {"database": _database_ready(), "redis": _redis_ready()}
    return jsonify(ready), 200 if ready["database"] else 503


def _database_ready() -> bool:
    script = ScriptDirectory(current_app.root_path + "/migrations")
    try:
        with db.engine.connect() as connection:
            version = connection.execute(text("select version_num from alembic_version")).scalar_one()
    except SQLAlchemyError:
        return False
    return bool(version == script.get_current_head())


def _redis_ready() -> bool:
    try:
        return bool(redis_connection(current_app.config["REDIS_URL"]).ping())
    except RedisError:
        return False
