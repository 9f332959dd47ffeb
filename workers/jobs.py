"""The jobs by name: each an id in, one action call, nothing else.

A job's name stands in the outbox; nothing but these names can be run.
"""

from collections.abc import Callable
from typing import Any

from hub.balancing import plan_making_actions, plan_work_actions
from hub.conversation import to_do_actions
from hub.forecasting import actions as forecasting
from hub.forecasting import draft_actions as drafts_of_policies
from hub.imports import check_actions, commit_actions, undo_actions, upkeep_actions
from hub.intake import draft_actions
from hub.notices import actions as notices
from hub.notices import writing_actions
from hub.people import password_link_actions
from hub.placing import (
    minutes_actions,
    on_call_actions,
    order_actions,
    override_actions,
    system_actions,
    time_actions,
)
from hub.policies import route_actions, target_actions
from hub.recalls import raise_actions

JOBS: dict[str, Callable[..., Any]] = {
    "place": system_actions.place,
    "place_raised": system_actions.place_raised,
    "top_up": system_actions.top_up,
    "call_out": on_call_actions.call_out,
    "promote": time_actions.promote,
    "wake": time_actions.wake,
    "go_off_shift": time_actions.go_off_shift,
    "watch": time_actions.watch,
    "expire_overrides": override_actions.expire_overrides,
    "reweigh": order_actions.reweigh,
    "share_out": order_actions.share_out,
    "flag_past_ceiling": order_actions.flag_past_ceiling,
    "learn_minutes": minutes_actions.learn_minutes,
    "raise_recalls": raise_actions.raise_recalls,
    "raise_recall": raise_actions.raise_recall,
    "forget_drafts": draft_actions.forget_old,
    "route_anew": route_actions.route_anew,
    "retime": target_actions.retime,
    "foretell": forecasting.foretell,
    "foresee_draft": drafts_of_policies.foresee_draft,
    "make_plan": plan_making_actions.make_plan,
    "apply_plan": plan_work_actions.apply_plan,
    "undo_plan": plan_work_actions.undo_plan,
    "check_import": check_actions.check_import,
    "commit_import": commit_actions.commit_import,
    "undo_import": undo_actions.undo_import,
    "watch_imports": upkeep_actions.watch_imports,
    "remove_import_files": upkeep_actions.remove_import_files,
    "chase_to_dos": to_do_actions.chase_to_dos,
    "write_letters": writing_actions.write_letters,
    "write_digests": writing_actions.write_digests,
    "forget_notices": notices.forget_notices,
    "mail_password_link": password_link_actions.mail_link,
}
