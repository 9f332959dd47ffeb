"""Pages of rota."""

from flask import Blueprint

bp = Blueprint("rota", __name__)
