"""The blueprint that the worklist's views share."""

from flask import Blueprint

bp = Blueprint("worklist", __name__)
