"""The policy's pages: what is in force, what was, and drafts with a preview of what they would change."""

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import web
from hub.domain.errors import Conflict, Invalid, NotFound
from hub.domain.policy import parse_policy
from hub.domain.policy_words import differences
from hub.extensions import db
from hub.forecasting import draft_actions
from hub.policies import actions, forms, place_queries, presenters, queries, target_presenters
from hub.policies.blueprint import SHOWN, bp, leads, seen
from hub.policies.draft_views import draft_page
from hub.policies.target_views import would_move
from hub.protocols.queries import current_kinds
from hub.security import current_actor

LARGEST = 5  # moves in the order that the preview names


@bp.get("/policies")
@leads
def index() -> Response:
    """List the versions of the policy and the drafts, and offer to begin one."""
    return _index()


@bp.post("/policies")
@leads
def begin() -> Response:
    """Begin a draft from a version."""
    try:
        name, version = forms.name_and_version(request.form, [row.version for row in queries.versions()])
        draft = actions.begin(name, version, by=current_actor())
    except Invalid as error:
        return _index(error.problems)
    db.session.commit()
    return redirect(url_for(".draft", draft_id=draft.id))


@bp.errorhandler(queries.Closed)
def closed(gone: queries.Closed) -> Response:
    """Lead whoever opens a draft that is closed to what it became; nothing that they sent is saved."""
    unsaved = "" if request.method == "GET" else " Nothing was saved."
    if gone.became is None:
        flash(f"The draft “{gone.name}” was thrown away.{unsaved}")
        return redirect(url_for(".index"))
    flash(f"The draft “{gone.name}” was published: this is the version that it became.{unsaved}")
    return redirect(url_for(".version", version=gone.became))


def _index(problems: dict[str, str] | None = None) -> Response:
    versions = queries.versions()
    return web.page(
        "policies/index.html",
        status=422 if problems else 200,
        versions=versions,
        newest=versions[0].version,
        drafts=queries.drafts(),
        problems=problems or {},
        values=request.form if problems else {"from": versions[0].version},
    )


@bp.get("/policies/<int:version>")
@leads
def version(version: int) -> Response:
    """Show one version: its rules, its numbers, and what it changed."""
    return _version(version)


@bp.post("/policies/<int:version>/back")
@leads
def roll_back(version: int) -> Response:
    """Put an older version into force again."""
    try:
        number = actions.roll_back(version, why=forms.why(request.form), by=current_actor())
    except Invalid as error:
        return _version(version, error.problems)
    db.session.commit()
    words = (
        f"Version {number} is in force: it says what version {version} said. What waits is routed by it now."
    )
    flash(words + _due_words(number))
    return redirect(url_for(".version", version=number))


def _due_words(number: int) -> str:
    """Say that due times move, where a version sets other targets than the one before it."""
    now, before = (parse_policy(queries.body_of(one)).targets for one in (number, number - 1))
    return " Due times that lie ahead follow its targets." if now != before else ""


def _version(version: int, problems: dict[str, str] | None = None) -> Response:
    policy, names = parse_policy(queries.body_of(version)), queries.names()
    newest = queries.newest_version()
    before = parse_policy(queries.body_of(version - 1)) if version > 1 else policy
    now = parse_policy(queries.body_of(newest))
    return web.page(
        "policies/version.html",
        status=422 if problems else 200,
        about=next(row for row in queries.versions() if row.version == version),
        newest=newest,
        rules=presenters.rule_rows(policy, names, {}),
        numbers=presenters.number_rows(policy, names.kinds),
        targets=target_presenters.target_rows(policy, current_kinds()),
        changed=differences(before, policy, names),
        would_change=differences(now, policy, names),
        problems=problems or {},
        values=request.form if problems else {},
    )


@bp.get("/policies/drafts/<int:draft_id>/preview")
@leads
def preview(draft_id: int) -> Response:
    """Show exactly which waiting tasks the draft would route otherwise, and how."""
    found = queries.draft(draft_id)
    policy = parse_policy(found.body)
    moved = list(queries.moved(policy))
    phrase = request.args.get("change", "")
    shown = [one for one in moved if not phrase or phrase in one.phrases]
    shifted = place_queries.shifted(policy.order)
    return web.page(
        "policies/preview.html",
        partial="policies/_foreseen.html",
        draft=found,
        changed=differences(parse_policy(queries.body_of(queries.newest_version())), policy, queries.names()),
        moved=len(moved),
        targets=would_move(policy),
        shifted=len(shifted),
        moves=shifted[:LARGEST],
        summary=presenters.moved_summary(moved),
        phrase=phrase,
        shown=shown[:SHOWN],
        listed=len(shown),
        kind_names={kind.code: kind.name for kind in current_kinds()},
        foreseen=presenters.foreseen(found.foreseen, found.edits),
        # While it is worked out, the address says which answer stood there before.
        waits=request.args.get("wait", "") == draft_actions.answer_of(found),
    )


@bp.get("/policies/drafts/<int:draft_id>/places")
@leads
def places(draft_id: int) -> Response:
    """List the waiting tasks that would stand at another place of their queue, the largest moves first."""
    found = queries.draft(draft_id)
    rows = place_queries.shifted(parse_policy(found.body).order)
    return web.page(
        "policies/places.html",
        draft=found,
        rows=rows[:SHOWN],
        listed=len(rows),
        kind_names={kind.code: kind.name for kind in current_kinds()},
    )


@bp.post("/policies/drafts/<int:draft_id>/preview")
@leads
def foresee(draft_id: int) -> Response:
    """Have a job work out how many tasks would be late under the draft."""
    before = draft_actions.ask(queries.draft(draft_id))
    db.session.commit()
    return redirect(url_for(".preview", draft_id=draft_id, wait=before))


@bp.get("/policies/drafts/<int:draft_id>/lateness")
@leads
def lateness(draft_id: int) -> Response:
    """List the tasks that would become likely late under the draft, or would not be any more."""
    found = queries.draft(draft_id)
    which = request.args.get("which", "")
    which = which if which in ("fewer", "timed") else "more"
    rows = queries.tasks(found.foreseen.get(which, ()))
    return web.page(
        "policies/lateness.html",
        draft=found,
        which=which,
        rows=rows,
        kind_names={kind.code: kind.name for kind in current_kinds()},
    )


@bp.get("/policies/drafts/<int:draft_id>/matches/<int:place>")
@leads
def matches(draft_id: int, place: int) -> Response:
    """List the waiting tasks that one rule of the draft decides now."""
    found = queries.draft(draft_id)
    policy = parse_policy(found.body)
    if place >= len(policy.rules):
        raise NotFound("The draft has no such rule.")
    rule = policy.rules[place]
    rows = queries.matches(policy)[rule.name]
    return web.page(
        "policies/matches.html",
        draft=found,
        rule=rule,
        rows=rows[:SHOWN],
        listed=len(rows),
        kind_names={kind.code: kind.name for kind in current_kinds()},
    )


@bp.post("/policies/drafts/<int:draft_id>/publish")
@leads
def publish(draft_id: int) -> Response:
    """Put the draft into force."""
    found = queries.draft(draft_id, lock=True)
    try:
        why = forms.why(request.form)
        number = actions.publish(found, why=why, seen=seen(), by=current_actor())
    except (Invalid, Conflict) as refused:
        db.session.rollback()
        return draft_page(queries.draft(draft_id), refused)
    db.session.commit()
    words = (
        f"Version {number} is in force. What waits is routed by it now; what is on a worklist stays there."
    )
    flash(words + _due_words(number))
    return redirect(url_for(".version", version=number))


@bp.post("/policies/drafts/<int:draft_id>/discard")
@leads
def discard(draft_id: int) -> Response:
    """Throw the draft away."""
    found = queries.draft(draft_id, lock=True)
    actions.discard(found, by=current_actor())
    db.session.commit()
    flash(f"The draft “{found.name}” is thrown away. Nothing in force was changed.")
    return redirect(url_for(".index"))
