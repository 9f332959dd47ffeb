"""The blueprint that the lead's pages share; every one of them is for leads."""

from flask import Blueprint

from hub.domain.vocabulary import Role
from hub.security import roles

bp = Blueprint("balancing", __name__)
leads = roles(Role.LEAD)
