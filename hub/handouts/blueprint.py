"""The pages of files, in three modules."""

from flask import Blueprint

bp = Blueprint("handouts", __name__)
