"""The blueprint that the practice's pages join."""

from flask import Blueprint

bp = Blueprint("conversation", __name__)
