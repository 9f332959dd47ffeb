"""The pages of recurring requests, in two modules."""

from flask import Blueprint

bp = Blueprint("recalls", __name__)
