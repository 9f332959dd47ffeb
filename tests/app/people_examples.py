"""What tests of the pages of people type, and read of what came of it."""

import re
from typing import Any

from sqlalchemy import select

from hub.extensions import db
from hub.models import AdminLog, User

CLINICIAN = {
    "name": "Paula Finch",
    "email": "Paula.Finch@Example.org",
    "roles": ["clinician"],
    "profession": "pharmacist",
    "gphc_number": "201 2345",
    "registration-day": "31",
    "registration-month": "dec",
    "registration-year": "2027",
    "prescriber": "yes",
    "kinds": "all",
    "supervises": "no",
}


def phrase_on(page: Any) -> str:
    found = re.search(r'id="phrase">([a-z-]+)<', page.text)
    assert found is not None, "no phrase is shown"
    return found[1]


def found(app: Any, email: str) -> User:
    with app.app_context():
        return db.session.scalars(select(User).where(User.email == email)).one()


def log_about(app: Any, user_id: int) -> list[str]:
    with app.app_context():
        query = select(AdminLog.what).where(AdminLog.user_id == user_id).order_by(AdminLog.id)
        return list(db.session.scalars(query))
