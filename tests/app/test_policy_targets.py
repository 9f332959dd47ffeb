"""The pages on which a lead sets targets: bounds, what would move, publishing, and what a practice reads."""

import re
from typing import Any

from tests.app.test_policies import Hub, fill_in, hub
from tests.support.factories import Make
from tests.support.pages import text_of

__all__ = ["hub"]


def refs(markup: str) -> set[str]:
    return set(re.findall(r'href="/tasks/([^"]+)"', markup))


def test_a_target_is_set_previewed_published_and_taken_back(
    hub: Hub, make: Make, as_user: Any, jobs: Any, statements: Any
) -> None:
    address = hub.begin()
    refused = fill_in(hub.client, f"{address}/targets", target_MEDQ="5", target_LTC_DM="41", target_DISCH="x")
    assert refused.status_code == 422
    assert "Discharge medicines reconciliation: write whole working days" in text_of(refused)
    refused = fill_in(hub.client, f"{address}/targets", target_MEDQ="5", target_LTC_DM="41")
    assert "Medication query: must be from 1 to 4 working days, because its kind promises" in text_of(refused)
    assert 'href="#target_LTC_DM"' in refused.text
    assert re.search(r"<details[^>]* open>", refused.text), "a refused number is never folded away"
    assert 'value="41"' in refused.text

    assert fill_in(hub.client, f"{address}/targets", target_MEDQ="4").status_code == 302
    assert "Medication query: 4 working days instead of 2." in text_of(hub.client.get(address))
    with statements() as seen:
        preview = hub.client.get(f"{address}/preview")
    assert "2 open tasks would get another target" in text_of(preview)
    link = re.search(r'href="([^"]+/targets/tasks\?change=[^"]+)">2 tasks<', preview.text)
    assert link
    rows = hub.client.get(link[1].replace("&amp;", "&"))
    assert refs(rows.text) == {task.ref for task in hub.queries}
    assert "Due Fri 27-Nov-2026 18:30 instead of Wed 25-Nov-2026 18:30" in text_of(rows)

    for _ in range(10):
        make.placed(hub.practice, hub.manager, kind="MEDQ")
    with statements() as again:
        hub.client.get(f"{address}/preview")
    assert again.count == seen.count

    fill_in(hub.client, address, action=f"{address}/publish", why="Agreed with the practices.")
    jobs()
    ref, practice = hub.queries[0].ref, as_user(hub.manager)
    words = text_of(practice.get(f"/requests/{ref}"))
    assert "Should be done within 4 working days from 23-Nov-2026" in words
    assert "4 working days instead of 2. It is due Fri 27-Nov-2026 18:30 now." in words
    assert "Should be done within 4 working days." in text_of(practice.get("/requests/new"))
    version = text_of(hub.client.get("/policies/2"))
    assert "Medication query Set by the policy. As its kind comes: 2 working days. 4 working days" in version

    fill_in(hub.client, "/policies/1", action="/policies/1/back", why="Too long.")
    jobs()
    assert "Should be done within 2 working days" in text_of(practice.get(f"/requests/{ref}"))
