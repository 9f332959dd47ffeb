"""Who is acting: a signed-in person, or a named process of the hub."""

from dataclasses import dataclass, field

from hub.domain.vocabulary import Role, SystemActor


@dataclass(frozen=True)
class Actor:
    """The one who acts; every event names one.

    Exactly one of `user_id` and `system` is set. `sees` is "all" for leads and
    processes, "access" for people who see the practices they were given, and
    "none" for administrators, who see no patients.
    """

    user_id: int | None = None
    system: SystemActor | None = None
    name: str = ""
    roles: frozenset[Role] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if (self.user_id is None) == (self.system is None):
            raise ValueError("An actor is either a person or a named process.")

    @property
    def sees(self) -> str:
        """Return which practices' rows the database shows: "all", "access" or "none"."""
        if self.system is not None or Role.LEAD in self.roles:
            return "all"
        if self.roles & {Role.REQUESTER, Role.CLINICIAN}:
            return "access"
        return "none"

    def has(self, role: Role) -> bool:
        """Say whether this person holds `role`."""
        return role in self.roles


def process(system: SystemActor) -> Actor:
    """Return the actor for a named process of the hub."""
    return Actor(system=system, name=f"the hub ({system.value})")
