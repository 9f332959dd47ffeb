"""Pages of placing."""

from flask import Blueprint

bp = Blueprint("placing", __name__)
