"""Pages of balancing."""

from flask import Blueprint

bp = Blueprint("balancing", __name__)
