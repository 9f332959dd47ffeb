"""Every stage's pages, in one list."""

from importlib import import_module

from flask import Flask

STAGES = (
    "hub.people.sign_in_views",
    "hub.people.views",
    "hub.people.sign_off_views",
    "hub.people.join_views",
    "hub.people.password_link_views",
    "hub.directory.views",
    "hub.directory.own_views",
    "hub.directory.closing_views",
    "hub.intake.views",
    "hub.intake.change_views",
    "hub.imports.views",
    "hub.conversation.views",
    "hub.conversation.found_views",
    "hub.worklist.views",
    "hub.outcomes.views",
    "hub.placing.views",
    "hub.placing.order_views",
    "hub.balancing.views",
    "hub.balancing.rota_views",
    "hub.balancing.rota_duty_views",
    "hub.policies.views",
    "hub.forecasting.views",
    "hub.recalls.views",
    "hub.reporting.views",
    "hub.handouts.views",
    "hub.notices.views",
    "hub.notices.setting_views",
    "hub.notices.letter_views",
    "hub.operations",
    "hub.assets",
)


def register(app: Flask) -> None:
    """Register the blueprint `bp` of each stage."""
    for name in STAGES:
        app.register_blueprint(import_module(name).bp)
