"""The pages of practices and networks."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import web
from hub.directory import actions, forms, presenters, queries
from hub.domain.errors import Invalid
from hub.domain.vocabulary import ClinicalSystem, Role
from hub.extensions import db
from hub.forms import date_values
from hub.models import Contract, Network, NetworkMembership, Practice
from hub.people import queries as people
from hub.security import current_actor, roles

bp = Blueprint("directory", __name__)
_staff = roles(Role.LEAD, Role.ADMIN)
SYSTEMS = [{"value": system.value, "text": system.value} for system in ClinicalSystem]


@bp.get("/practices")
@_staff
def practices() -> Response:
    """Find a practice by name, town, postcode or ODS code."""
    words = " ".join(request.args.get("q", "").split())[:60]
    all_of_them = request.args.get("which") == "all"
    page = request.args.get("page", "1")
    number = int(page) if page.isdecimal() and len(page) < 6 else 1
    found = queries.practices(words, all_of_them=all_of_them, page=number)
    return web.page(
        "directory/practices.html",
        found=found,
        summary=presenters.found_words(found.total, words, all_of_them),
        tags=presenters.practice_tags,
        values={"q": words, "which": "all" if all_of_them else "served"},
    )


@bp.get("/practices/new")
@_staff
def new_practice() -> Response:
    """Ask for a practice that the ODS file does not have yet."""
    return web.page("directory/practice_new.html", values={})


@bp.post("/practices/new")
@_staff
def add_practice() -> Response:
    """Add a practice by hand."""
    try:
        added = actions.add_practice(forms.parse_new_practice(request.form), by=current_actor())
    except Invalid as error:
        return _again("directory/practice_new.html", error)
    db.session.commit()
    flash(f"{added.name} is added. Now say how the hub works for it.")
    return redirect(url_for(".change_practice", code=added.ods_code))


@bp.get("/practices/<code>")
@_staff
def practice(code: str) -> Response:
    """Show what we know about a practice, who works there, and what was changed."""
    found = queries.practice(code)
    return web.page(
        "directory/practice.html",
        practice=found,
        tags=presenters.practice_tags(found.status, found.served, found.held_since is not None),
        hours=presenters.hours_lines(found.opening_hours),
        core_words=presenters.CORE_WORDS,
        networks=queries.networks_of(found),
        period=presenters.period,
        people=queries.people_of(found),
        log=people.log_of(practice_id=found.id),
    )


@bp.get("/practices/<code>/change")
@_staff
def change_practice(code: str) -> Response:
    """Show the form with what the hub keeps about a practice."""
    found = queries.practice(code)
    return web.page("directory/practice_form.html", **_practice_form(found), values=_values_of(found))


@bp.post("/practices/<code>/change")
@_staff
def save_practice(code: str) -> Response:
    """Save what the hub keeps about a practice."""
    found = queries.practice(code)
    try:
        draft = forms.parse_practice(request.form)
    except Invalid as error:
        return _again("directory/practice_form.html", error, **_practice_form(found))
    changed = actions.change_practice(found, draft, by=current_actor())
    db.session.commit()
    flash(f"Saved: {', '.join(changed)}." if changed else "Nothing was changed.")
    return redirect(url_for(".practice", code=found.ods_code))


def _practice_form(practice: Practice) -> dict[str, Any]:
    return {"practice": practice, "systems": SYSTEMS, "hour_fields": presenters.hour_fields()}


def _values_of(practice: Practice) -> dict[str, str]:
    return {
        "served": "yes" if practice.served else "no",
        "clinical_system": practice.clinical_system,
        "bypass_number": practice.bypass_number,
        "how_to_get_in": practice.how_to_get_in,
        "standing_instructions": practice.standing_instructions,
        "preferred_contact": practice.preferred_contact,
        "service_bought": practice.service_bought,
        **presenters.hours_values(practice.opening_hours),
    }


@bp.get("/networks")
@_staff
def networks() -> Response:
    """List the networks and offer to add one."""
    return _networks_page({})


@bp.post("/networks")
@_staff
def add_network() -> Response:
    """Add a network."""
    try:
        code, name = forms.parse_network(request.form)
        added = actions.add_network(code, name, by=current_actor())
    except Invalid as error:
        return _networks_page(error.problems)
    db.session.commit()
    flash(f"{added.name} is added. Now add its practices and its contract.")
    return redirect(url_for(".network", code=added.code))


def _networks_page(problems: dict[str, str]) -> Response:
    return web.page(
        "directory/networks.html",
        networks=queries.networks(),
        minutes_words=presenters.minutes_words,
        values=request.form,
        problems=problems,
        status=422 if problems else 200,
    )


@bp.get("/networks/<code>")
@_staff
def network(code: str) -> Response:
    """Show a network: its practices, its contracts, and what was changed."""
    return _network_page(queries.network(code), {}, {})


@bp.post("/networks/<code>/name")
@_staff
def rename_network(code: str) -> Response:
    """Give a network another name."""
    found = queries.network(code)
    try:
        _, name = forms.parse_network({**request.form.to_dict(), "code": found.code})
    except Invalid as error:
        return _network_page(found, request.form, error.problems)
    actions.rename_network(found, name, by=current_actor())
    db.session.commit()
    flash("The name is saved.")
    return redirect(url_for(".network", code=found.code))


@bp.post("/networks/<code>/practices")
@_staff
def join_network(code: str) -> Response:
    """Put a practice into the network."""
    found = queries.network(code)
    try:
        ods_code, period = forms.parse_joining(request.form)
        member = queries.practice_or_problem(ods_code)
        actions.join_network(found, member, period, by=current_actor())
    except Invalid as error:
        return _network_page(found, request.form, error.problems)
    db.session.commit()
    flash(f"{member.name} is in {found.name}.")
    return redirect(url_for(".network", code=found.code))


def _network_page(network: Network, values: Any, problems: dict[str, str]) -> Response:
    return web.page(
        "directory/network.html",
        network=network,
        members=queries.members_of(network),
        contracts=queries.contracts_of(network),
        log=people.log_of(network_id=network.id),
        period=presenters.period,
        minutes_words=presenters.minutes_words,
        values={"name": network.name, **values},
        problems=problems,
        status=422 if problems else 200,
    )


@bp.get("/networks/<code>/practices/<int:membership_id>")
@_staff
def membership(code: str, membership_id: int) -> Response:
    """Show the form with a practice's days in the network."""
    found = queries.membership(queries.network(code), membership_id)
    last = presenters.last_day(found.ends_on)
    values = date_values("starts_on", found.starts_on) | date_values("last_day", last)
    return _membership_page(code, found, values, {})


@bp.post("/networks/<code>/practices/<int:membership_id>")
@_staff
def change_membership(code: str, membership_id: int) -> Response:
    """Set a practice's days in the network: it leaves, or a date is put right."""
    found = queries.membership(queries.network(code), membership_id)
    try:
        actions.change_membership(found, forms.parse_period(request.form), by=current_actor())
    except Invalid as error:
        return _membership_page(code, found, request.form, error.problems)
    db.session.commit()
    flash("The days in the network are saved.")
    return redirect(url_for(".network", code=code))


def _membership_page(code: str, found: NetworkMembership, values: Any, problems: dict[str, str]) -> Response:
    return web.page(
        "directory/membership.html",
        network=queries.network(code),
        practice=queries.practice_of(found),
        values=values,
        problems=problems,
        status=422 if problems else 200,
    )


@bp.get("/networks/<code>/contracts/new")
@_staff
def new_contract(code: str) -> Response:
    """Ask for the days and minutes of a contract."""
    return _contract_page(code, None, {}, {})


@bp.post("/networks/<code>/contracts/new")
@_staff
def add_contract(code: str) -> Response:
    """Record the minutes that a network has bought."""
    found = queries.network(code)
    try:
        draft = forms.parse_contract(request.form)
    except Invalid as error:
        return _contract_page(code, None, request.form, error.problems)
    claim = web.claim_form("contract")
    if not claim.ref:
        claim.ref = str(actions.add_contract(found, draft, by=current_actor()).id)
    db.session.commit()
    flash("The contract is saved.")
    return redirect(url_for(".network", code=found.code))


@bp.get("/networks/<code>/contracts/<int:contract_id>")
@_staff
def contract(code: str, contract_id: int) -> Response:
    """Show the form with a contract's days and minutes."""
    found = queries.contract(queries.network(code), contract_id)
    values = date_values("starts_on", found.starts_on)
    values |= date_values("last_day", presenters.last_day(found.ends_on)) | {"minutes": str(found.minutes)}
    return _contract_page(code, found, values, {})


@bp.post("/networks/<code>/contracts/<int:contract_id>")
@_staff
def change_contract(code: str, contract_id: int) -> Response:
    """Set the days and minutes of a contract."""
    found = queries.contract(queries.network(code), contract_id)
    try:
        draft = forms.parse_contract(request.form)
    except Invalid as error:
        return _contract_page(code, found, request.form, error.problems)
    actions.change_contract(found, draft, by=current_actor())
    db.session.commit()
    flash("The contract is saved.")
    return redirect(url_for(".network", code=code))


def _contract_page(code: str, contract: Contract | None, values: Any, problems: dict[str, str]) -> Response:
    return web.page(
        "directory/contract.html",
        network=queries.network(code),
        contract=contract,
        values=values,
        problems=problems,
        status=422 if problems else 200,
    )


def _again(template: str, error: Invalid, **context: Any) -> Response:
    """Show the form again, as it was typed, with what is wrong."""
    return web.page(template, values=request.form, problems=error.problems, status=422, **context)
