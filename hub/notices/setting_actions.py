"""What a person wants by e-mail."""

from hub.domain.actor import Actor
from hub.domain.letters import DEFAULT, Wants
from hub.extensions import clock, db
from hub.models import NoticeSetting
from hub.notices import queries


def wants_of(setting: NoticeSetting | None) -> Wants:
    """Return what this setting says; the default for someone who has chosen nothing."""
    if setting is None:
        return DEFAULT
    return Wants(setting.digest_hour, frozenset(setting.sorts), setting.at_once)


def save(wants: Wants, *, by: Actor) -> None:
    """Keep what this person wants. Does not commit."""
    assert by.user_id is not None
    setting = queries.setting_of(by.user_id)
    if setting is None:
        setting = NoticeSetting(user_id=by.user_id)
        db.session.add(setting)
    setting.digest_hour, setting.at_once = wants.digest_hour, wants.at_once
    setting.sorts, setting.changed_at = sorted(wants.sorts), clock.now()
