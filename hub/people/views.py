"""The pages of people: accounts, roles, competences and practice access."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from hub import web
from hub.directory import queries as directory
from hub.domain.errors import Invalid
from hub.domain.permissions import check_may_manage, may_manage
from hub.domain.vocabulary import Profession, Role
from hub.extensions import db, limiter
from hub.forms import date_values
from hub.models import User
from hub.people import actions, forms, presenters, queries, sessions
from hub.security import anyone_signed_in, current_actor, roles

bp = Blueprint("people", __name__)
_staff = roles(Role.LEAD, Role.ADMIN)


@bp.get("/people")
@_staff
def index() -> Response:
    """List everyone with an account."""
    role = request.args.get("role", "")
    which = request.args.get("which", "on")
    off, ending = which == "off", which == "ending"
    chosen = Role(role) if role in list(Role) else None
    found, today = queries.people(role=chosen, active=not off), queries.today()
    return web.page(
        "people/index.html",
        people=[
            one for one in found if not ending or any(presenters.is_ending(day, today) for day, _ in one.ends)
        ],
        today=today,
        show=presenters,
        options=[{"value": "", "text": "All"}, *presenters.role_options()],
        values={"role": chosen or "", "which": "off" if off else "ending" if ending else "on"},
    )


@bp.get("/people/new")
@_staff
def new() -> Response:
    """Ask for a new account."""
    return _form_page(None, {}, {})


@bp.post("/people/new")
@_staff
def create() -> Response:
    """Open an account and show its pass phrase, once."""
    try:
        draft = forms.parse_person(request.form, request.form.getlist("roles"))
        claim = web.claim_form("person")
        if claim.ref:
            return _shown_before(int(claim.ref))
        user, phrase = actions.create(draft, by=current_actor())
    except Invalid as error:
        return _form_page(None, request.form, error.problems)
    claim.ref = str(user.id)
    db.session.commit()
    return _phrase_page(user, phrase, is_new=True)


@bp.get("/people/<int:user_id>")
@_staff
def person(user_id: int) -> Response:
    """Show an account: what they may do, where, until when, and what was changed."""
    return person_page(queries.person(user_id), {}, {})


@bp.get("/people/<int:user_id>/change")
@_staff
def change(user_id: int) -> Response:
    """Show the form with a person's details."""
    user = queries.person(user_id)
    return _form_page(user, _values_of(user), {})


@bp.post("/people/<int:user_id>/change")
@_staff
def save(user_id: int) -> Response:
    """Save a person's details and roles."""
    user = queries.person(user_id)
    try:
        draft = forms.parse_person(request.form, request.form.getlist("roles"))
        changed = actions.change(user, draft, by=current_actor())
    except Invalid as error:
        return _form_page(user, request.form, error.problems)
    db.session.commit()
    flash(f"Saved: {', '.join(changed)}." if changed else "Nothing was changed.")
    return redirect(url_for(".person", user_id=user.id))


@bp.get("/people/<int:user_id>/phrase")
@_staff
def ask_renew_phrase(user_id: int) -> Response:
    """Say what a new pass phrase does, and ask whether to make it."""
    return _confirm_page(user_id, presenters.NEW_PHRASE)


@bp.post("/people/<int:user_id>/phrase")
@_staff
def renew_phrase(user_id: int) -> Response:
    """Make a new pass phrase and show it, once."""
    user = queries.person(user_id)
    claim = web.claim_form("phrase")
    if claim.ref:
        return _shown_before(user.id)
    phrase = actions.renew_phrase(user, by=current_actor())
    claim.ref = str(user.id)
    db.session.commit()
    return _phrase_page(user, phrase, is_new=False)


def _phrase_page(user: User, phrase: str, *, is_new: bool) -> Response:
    # No redirect here: the phrase must not be kept anywhere on the way to another page.
    over = presenters.registration_over(user.registration_expires_on, queries.today())
    return web.page("people/phrase.html", user=user, phrase=phrase, is_new=is_new, over=over)


def _shown_before(user_id: int) -> Response:
    db.session.rollback()
    flash("The pass phrase was shown once and is stored nowhere. If it was not noted, make a new one.")
    return redirect(url_for(".person", user_id=user_id))


@bp.get("/people/<int:user_id>/off")
@_staff
def ask_switch_off(user_id: int) -> Response:
    """Say what switching an account off does, and ask whether to do it."""
    return _confirm_page(user_id, presenters.SWITCH_OFF)


def _confirm_page(user_id: int, step: presenters.Step) -> Response:
    user = queries.person(user_id)
    check_may_manage(current_actor().roles, queries.roles_of(user))
    return web.page("people/confirm.html", user=user, step=step, title=step.title.format(name=user.name))


@bp.post("/people/<int:user_id>/off")
@_staff
def switch_off(user_id: int) -> Response:
    """Switch an account off."""
    user = queries.person(user_id)
    actions.switch_off(user, by=current_actor())
    db.session.commit()
    flash(
        f"{user.name}'s account is switched off. Their work goes back to its queues within a minute; "
        "what they had started stands on the leads' list of decisions."
    )
    return redirect(url_for(".person", user_id=user.id))


@bp.post("/people/<int:user_id>/on")
@_staff
def switch_on(user_id: int) -> Response:
    """Switch an account on again."""
    user = queries.person(user_id)
    actions.switch_on(user, by=current_actor())
    db.session.commit()
    flash(f"{user.name}'s account is switched on.")
    return redirect(url_for(".person", user_id=user.id))


@bp.post("/people/<int:user_id>/competences")
@_staff
def sign_off(user_id: int) -> Response:
    """Record a competence."""
    user = queries.person(user_id)
    try:
        code, expires_on = forms.parse_competence(request.form, queries.known_competences())
        actions.sign_off(user, code, expires_on, by=current_actor())
    except Invalid as error:
        return person_page(user, request.form, error.problems)
    db.session.commit()
    flash(f"Competence added: {presenters.competence_title(code)}.")
    if over := presenters.competence_over(code, expires_on, queries.today()):
        flash(over)
    return redirect(url_for(".person", user_id=user.id))


@bp.post("/people/<int:user_id>/competences/<code>/remove")
@_staff
def remove_competence(user_id: int, code: str) -> Response:
    """Take a competence away."""
    user = queries.person(user_id)
    actions.remove_competence(user, code, by=current_actor())
    db.session.commit()
    flash(f"Competence removed: {presenters.competence_title(code)}.")
    return redirect(url_for(".person", user_id=user.id))


@bp.post("/people/<int:user_id>/access")
@_staff
def grant(user_id: int) -> Response:
    """Give access to a practice, or to every practice of a network that the hub works for."""
    user = queries.person(user_id)
    served = {practice.id: practice for practice in directory.served()}
    networks = [row.Network.id for row in directory.networks()]
    try:
        draft = forms.parse_access(request.form, served, networks)
        practices = (
            [served[draft.practice_id]]
            if draft.practice_id
            else queries.served_practices_of_network(draft.network_id or 0)
        )
        new = actions.grant(user, draft.role, practices, by=current_actor(), can_sign_in=draft.can_sign_in)
    except Invalid as error:
        return person_page(user, request.form, error.problems)
    db.session.commit()
    flash(f"Access given to {new} practice{'' if new == 1 else 's'} ({len(practices) - new} had it already).")
    if new and draft.role is Role.CLINICIAN and not draft.can_sign_in:
        flash("No work from there is given to them until you say below that they can sign in.")
    return redirect(url_for(".person", user_id=user.id))


@bp.post("/people/<int:user_id>/access/<code>/<role>/remove")
@_staff
def revoke(user_id: int, code: str, role: str) -> Response:
    """Take access to a practice away."""
    user, practice = queries.person(user_id), directory.practice(code)
    if role in forms.ACCESS_ROLES:
        actions.revoke(user, Role(role), practice, by=current_actor())
        db.session.commit()
        flash(f"No more access to {practice.name} as {role}.")
    return redirect(url_for(".person", user_id=user.id))


@bp.get("/account/password")
@anyone_signed_in
def own_password() -> Response:
    """Ask for a new password of one's own."""
    return web.page("people/password.html")


@bp.post("/account/password")
@anyone_signed_in
@limiter.limit("10/hour", key_func=lambda: f"password:{current_user.who.user_id}")
def change_own_password() -> Response:
    """Set one's own password."""
    who = current_user.who
    try:
        now, new = forms.parse_own_password(request.form, own_words=(who.name, who.email))
        if sessions.check_password(who.email, now) != who.user_id:
            raise Invalid({"password": "This is not the password that you have now."})
    except Invalid as error:
        return web.page("people/password.html", problems=error.problems, status=422)
    user = queries.person(who.user_id)
    actions.change_own_password(user, new, session_id=who.session_id, by=current_actor())
    db.session.commit()
    flash("Your password is changed. You are signed out everywhere else.")
    return redirect(url_for("sign_in.account"))


def person_page(user: User, values: Any, problems: dict[str, str]) -> Response:
    """Show an account, with what was typed and what is wrong with it."""
    today, theirs = queries.today(), queries.roles_of(user)
    names = queries.sign_off_choices()
    signed, access = queries.sign_offs_of(user), queries.access_of(user)
    return web.page(
        "people/person.html",
        user=user,
        roles=theirs,
        show=presenters,
        today=today,
        over=presenters.registration_over(user.registration_expires_on, today),
        may_change=may_manage(current_actor().roles, theirs),
        is_self=user.id == current_actor().user_id,
        competences=[
            presenters.competence_row(one.code, one.expires_on, today) for one in queries.competences_of(user)
        ],
        known=[
            {"value": code, "text": presenters.competence_title(code)} for code in queries.known_competences()
        ],
        kinds=[
            presenters.signed_kind(
                one.SignOff,
                one.supervisor,
                queries.choice_words(names, one.SignOff.kind, one.SignOff.subtype),
                today,
            )
            for one in signed
        ],
        kind_options=[{"value": code, "text": words} for code, words in names.items()],
        supervisors=[
            {"value": one.id, "text": one.name} for one in queries.supervisors() if one.id != user.id
        ],
        to_staff=_to_staff(user, signed, access) if Role.CLINICIAN in theirs and user.active else [],
        ending=presenters.ending_lines(queries.ends_of([user])[user.id], today),
        access=access,
        served=[{"value": one.id, "text": f"{one.name} ({one.ods_code})"} for one in directory.served()],
        networks=[{"value": row.Network.id, "text": row.Network.name} for row in directory.networks()],
        log=queries.log_of(user_id=user.id),
        values=values,
        problems=problems,
        status=422 if problems else 200,
    )


def _to_staff(user: User, signed: Sequence[Any], access: Sequence[Any]) -> list[presenters.ToStaff]:
    """Return what this clinician still needs before work comes to them."""
    return presenters.to_staff(
        may_do=bool(user.all_kinds or signed),
        has_practices=any(one.PracticeAccess.role == Role.CLINICIAN for one in access),
        has_shifts=queries.has_shifts(user),
    )


def _form_page(user: User | None, values: Any, problems: dict[str, str]) -> Response:
    mine = current_actor().roles
    return web.page(
        "people/form.html",
        user=user,
        role_options=presenters.role_options([role for role in Role if may_manage(mine, {role})]),
        may_give_all=may_manage(mine, set(Role)),
        professions=[{"value": one, "text": one.capitalize()} for one in Profession],
        values=values,
        problems=problems,
        status=422 if problems else 200,
    )


def _values_of(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "email": user.email,
        "roles": list(queries.roles_of(user)),
        "profession": user.profession or "",
        "gphc_number": user.gphc_number or "",
        "prescriber": "yes" if user.is_prescriber else "no",
        "kinds": forms.ALL_KINDS if user.all_kinds else forms.LISTED_KINDS,
        "supervises": "yes" if user.supervises else "no",
        **date_values("registration", user.registration_expires_on),
    }
