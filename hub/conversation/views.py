"""Pages of conversation."""

from flask import Blueprint

bp = Blueprint("conversation", __name__)
