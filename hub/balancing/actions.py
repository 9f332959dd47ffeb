"""What a lead does about jobs of the hub that gave up. (Tasks and holds: `placing.actions`.)"""

from hub.domain.actor import Actor
from hub.domain.errors import NotAllowed
from hub.domain.vocabulary import Role
from hub.extensions import clock
from hub.models import Outbox


def retry(job: Outbox, *, by: Actor) -> None:
    """Have a job that gave up tried again; the next sweep (within seconds) rings for it.

    Raises:
        NotAllowed: not a lead.
    """
    _lead(by)
    job.dead_at, job.attempts, job.next_at = None, 0, clock.now()


def dismiss(job: Outbox, *, why: str, by: Actor) -> None:
    """Put away a job that gave up, because what it was for is done or not needed; `why` is a code.

    Raises:
        NotAllowed: not a lead.
    """
    _lead(by)
    job.done_at = clock.now()
    job.last_error = f"dismissed by {by.user_id}: {why}"


def _lead(by: Actor) -> None:
    if not by.has(Role.LEAD):
        raise NotAllowed("Only a hub lead can do this.")
