"""Every endpoint by who may open it, and words for any address."""

from typing import Any

from hub.domain.vocabulary import Role
from hub.security import PUBLIC

LEAD = frozenset({Role.LEAD})
ADMINS = frozenset({Role.LEAD, Role.ADMIN})
REQUESTER = frozenset({Role.REQUESTER})
CLINICIAN = frozenset({Role.CLINICIAN})
HUB = frozenset({Role.CLINICIAN, Role.LEAD})
RAISERS = frozenset({Role.REQUESTER, Role.LEAD})
ANYONE = frozenset(Role)

# Every endpoint by who may open it. A new one must be entered here by hand: that is the moment to think.
TABLE: dict[Any, str] = {
    PUBLIC: (
        "assets.file operations.healthz operations.readyz sign_in.page sign_in.sign_in join.page join.accept "
        "password_links.ask password_links.forgotten password_links.page password_links.set_password"
    ),
    ANYONE: (
        "operations.home sign_in.account sign_in.end_session sign_in.sign_out "
        "people.own_password people.change_own_password"
    ),
    REQUESTER: (
        "conversation.answer conversation.chase conversation.patient conversation.patient_back "
        "conversation.download conversation.download_now conversation.patient_gone "
        "conversation.request_page conversation.requests conversation.tick "
        "conversation.withdraw conversation.write "
        "changes.change changes.change_now changes.identity changes.identity_now "
        "requests_found.gone requests_found.search requests_found.find requests_found.found "
        "recalls.add recalls.add_now recalls.change recalls.for_patient recalls.new recalls.put_patient "
        "recalls.remove recalls.save recalls.set_up recalls.state "
        "intake.correct intake.new intake.send intake.send_correction "
        "own.index own.practice own.facts own.save_facts own.invite own.withdraw own.ask_remove own.remove "
        "own.let_manage own.access password_links.ask_for_staff password_links.make_for_staff"
    ),
    RAISERS: (
        "recalls.index recalls.people recalls.raised recalls.recall "
        "reporting.as_csv reporting.as_pdf reporting.reports "
        "imports.approve imports.ask_undo imports.cancel imports.choose_sheet imports.choose_titles "
        "imports.columns imports.decide imports.errors imports.go_on imports.index imports.new imports.rows "
        "imports.run imports.template imports.undo imports.upload"
    ),
    CLINICIAN: (
        "outcomes.complete outcomes.complete_now placing.hand_over placing.hand_over_now placing.next_task "
        "placing.take worklist.mine worklist.pause worklist.resume worklist.resume_now worklist.start "
        "worklist.start_now worklist.wait worklist.wait_now"
    ),
    HUB: (
        "order.override order.override_now order.clear_override order.pin order.pin_now order.unpin "
        "placing.release placing.release_now placing.send_back placing.send_back_now worklist.escalate "
        "worklist.escalate_now worklist.queue worklist.queues worklist.raised_in_error "
        "worklist.raised_in_error_now worklist.task worklist.closed worklist.find worklist.search "
        "handouts.contact handouts.contact_now worklist.write worklist.write_now"
    ),
    REQUESTER | HUB: (
        "handouts.index handouts.practice handouts.patients handouts.take handouts.invited "
        "handouts.documents handouts.take_documents handouts.upload handouts.read_replies "
        "handouts.check_replies handouts.note_replies "
        "notices.inbox notices.read notices.read_all notice_settings.settings notice_settings.save"
    ),
    LEAD: (
        "balancing.minutes balancing.minutes_behind balancing.urgency balancing.urgency_behind "
        "balancing.apply_plan balancing.ask_plan balancing.plan balancing.plans balancing.undo_plan "
        "balancing.assign balancing.assign_now balancing.board balancing.decide balancing.decide_now "
        "balancing.decisions balancing.dismiss_job balancing.end_hold balancing.hold balancing.holds "
        "balancing.jobs balancing.move balancing.move_now balancing.retry_job balancing.tasks "
        "order.reserve order.reserve_now order.unreserve "
        "forecasting.forecast forecasting.how_good reporting.requests "
        "closing.closing closing.close closing.keep_open "
        "policies.add_rule policies.begin policies.change_rule policies.discard policies.draft "
        "policies.foresee policies.index policies.lateness policies.matches policies.new_rule "
        "policies.numbers policies.preview policies.publish policies.roll_back policies.rule "
        "policies.save_numbers policies.save_rule policies.save_targets policies.places "
        "policies.target_tasks policies.targets policies.version "
        "duty.add_meeting duty.add_on_call duty.meetings duty.on_call duty.remove_meeting "
        "duty.remove_on_call rota.away "
        "rota.add_absence rota.add_extra rota.add_weekly rota.end_weekly rota.person rota.remove_absence "
        "rota.remove_extra rota.remove_weekly rota.week rota.weekly"
    ),
    ADMINS: (
        "letters.given_up letters.put_away letters.resend "
        "directory.add_contract directory.add_network directory.add_practice directory.change_contract "
        "directory.change_membership directory.change_practice directory.contract directory.join_network "
        "directory.membership directory.network directory.networks directory.new_contract "
        "directory.new_practice directory.practice directory.practices directory.rename_network "
        "directory.save_practice people.change people.create people.grant people.index people.new "
        "people.person people.remove_competence people.renew_phrase people.revoke people.save "
        "sign_offs.add sign_offs.remove sign_offs.sign_in "
        "people.sign_off people.switch_off people.switch_on people.ask_renew_phrase people.ask_switch_off "
        "password_links.ask_for_account password_links.make_for_account"
    ),
}
WHO = {endpoint: access for access, names in TABLE.items() for endpoint in names.split()}

# Words of an address, where any will do.
ANY = {
    "recall_id": 999999, "member_id": 999999,
    "kind": "ZZZ", "form": "csv",
    "notice_id": 999999, "letter_id": 999999,
    "figure_id": 999999, "handout_id": 999999, "invitation_id": 999999, "token": "x" * 43,
    "handle": "x" * 22,
    "ref": "ZZZZ-ZZZZ", "code": "Z99999", "name": "queries", "role": "clinician", "version": 999999,
    "filename": "x.css", "user_id": 999999, "message_id": 999999, "to_do_id": 999999, "practice_id": 999999,
    "outbox_id": 999999, "draft_id": 999999, "plan_id": 999999, "place": 0, "how": "remove",
    "shift_id": 999999, "meeting_id": 999999, "on_call_id": 999999, "absence_id": 999999,
    "contract_id": 999999,
    "membership_id": 999999, "session_id": 999999,
}  # fmt: skip
