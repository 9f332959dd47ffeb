"""How one's own account is shown: roles in words, and browsers by a name that their user knows."""

from collections.abc import Collection

from hub.domain.vocabulary import Role

ROLE_WORDS = {
    Role.REQUESTER: "practice staff",
    Role.CLINICIAN: "clinician",
    Role.LEAD: "hub lead",
    Role.ADMIN: "administrator",
}
# The first that is found counts: Edge also calls itself Chrome, and Chrome calls itself Safari.
_BROWSERS = (
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chromium/", "Chromium"),
    ("HeadlessChrome/", "Chromium"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


def roles(held: Collection[Role], *, manages: bool = False) -> str:
    """Return roles as words: "Clinician, hub lead"; `manages` says that they keep a practice's staff."""
    named = ROLE_WORDS | ({Role.REQUESTER: "practice manager"} if manages else {})
    words = ", ".join(named[role] for role in Role if role in held) or "none"
    return words[:1].upper() + words[1:]


def browser_name(user_agent: str) -> str:
    """Return a short name for what a browser says it is: "Chrome on Windows"; "Not known" if it is none."""
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or (f"A browser on {system}" if system else "Not known")
