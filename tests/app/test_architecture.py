"""The house keeps its shape: who may import whom, what a view may do, which names must exist."""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
STAGES = (
    "intake", "placing", "worklist", "outcomes", "balancing", "conversation", "protocols", "directory",
    "recalls", "people", "policies", "forecasting", "reporting", "invariants", "imports", "handouts",
    "notices", "demo",
)  # fmt: skip
LAYERS = ("actions", "queries", "presenters", "views", "forms")

# What is no layer by its name, and which layer's rules it keeps.
ALSO = {
    "hub.recalls.drafts": "drafts", "hub.recalls.blueprint": "views", "hub.recalls.shared": "views",
    "hub.handouts.blueprint": "views", "hub.handouts.replies": "forms", "hub.handouts.reply_days": "forms",
    "hub.imports.blueprint": "views",
    "hub.balancing.blueprint": "views", "hub.worklist.blueprint": "views", "hub.policies.blueprint": "views",
    "hub.balancing.rota_drafts": "drafts",
    "hub.conversation.blueprint": "views", "hub.conversation.drafts": "drafts",
    "hub.directory.drafts": "drafts", "hub.intake.drafts": "drafts",
    "hub.people.drafts": "drafts", "hub.policies.drafts": "drafts",
    "hub.people.passwords": "forms", "hub.directory.ods": "forms",
    "hub.intake.patients": "actions", "hub.people.sessions": "actions", "hub.placing.booking": "actions",
    "hub.placing.bulk": "actions", "hub.placing.judging": "queries", "hub.protocols.files": "queries",
    "hub.invariants.checks": "queries", "hub.invariants.settled": "queries",
    "hub.imports.reading": "queries", "hub.imports.reading.container": "queries",
    "hub.imports.reading.encodings": "queries", "hub.imports.reading.limits": "queries",
    "hub.imports.reading.markup": "queries", "hub.imports.reading.sheet": "queries",
    "hub.imports.reading.signs": "queries", "hub.imports.reading.text": "queries",
    "hub.imports.reading.workbook": "queries", "hub.imports.reading.worksheet": "queries",
}  # fmt: skip

# Layer: what its modules may import of ours. "own" is the module's stage; "stages" are all stages.
BELOW = (
    "hub.models", "hub.domain", "hub.extensions", "hub.background", "hub.post", "hub.records",
    "hub.vault", "own:queries", "own:actions", "stages:queries", "stages:actions", "stages:drafts",
)  # fmt: skip
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "domain": ("hub.domain",),
    "models": ("hub.domain", "hub.extensions", "hub.models"),
    "queries": (*BELOW, "own:forms"),
    "actions": (*BELOW, "own:forms", "stages:forms"),
    "drafts": ("hub.domain",),  # what was typed, as plain values that forms make and actions take
    "forms": ("hub.domain", "hub.forms", "own:forms", "own:actions", "stages:drafts"),
    "presenters": ("hub.domain", "own:presenters"),
    "views": (
        "hub.domain", "hub.extensions", "hub.models", "hub.forms", "hub.records", "hub.web", "hub.security",
        "hub.uploads", "hub.request_forms",
        "hub.task_forms", "own:views", "own:forms", "own:presenters", "own:queries", "own:actions",
        "stages:queries", "stages:actions", "stages:drafts",
    ),
    "commands": ("hub", "config"),
    "demo": ("hub", "config"),
    "workers": ("hub", "workers"),
}  # fmt: skip
# Beyond "hub" as a whole, what workers may not reach for.
NOT_FOR_WORKERS = ("views", "presenters", "forms")
# Nothing of the web in the layers below the views.
NOT_BELOW_VIEWS = ("flask", "flask_login", "flask_wtf", "werkzeug", "jinja2")


@dataclass(frozen=True)
class Import:
    """One import: who, what, and at which line."""

    importer: str
    imported: str
    line: int

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}"


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def _modules() -> dict[str, ast.Module]:
    """Every module of ours with its syntax tree."""
    paths = [ROOT / "config.py", ROOT / "wsgi.py", *ROOT.glob("hub/**/*.py"), *ROOT.glob("workers/**/*.py")]
    return {_name(path): ast.parse(path.read_text()) for path in paths if "versions" not in path.parts}


def _imports(module: str) -> Iterator[Import]:
    for node in ast.walk(_modules()[module]):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module, alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}: imports are written in full"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield Import(module, whole if whole in _modules() else node.module or "", node.lineno)


def _stage(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 2 and parts[0] == "hub" and parts[1] in STAGES else ""


def _layer(module: str) -> str:
    if module.startswith("hub.domain"):
        return "domain"
    if module.startswith("hub.models"):
        return "models"
    if module.split(".")[0] == "workers":
        return "workers"
    stage, last = _stage(module), module.split(".")[-1]
    if stage == "demo":
        return "demo"
    if last == "commands":
        return "commands"
    return (
        next((layer for layer in LAYERS if re.search(rf"(^|_){layer}$", last)), ALSO.get(module, ""))
        if stage
        else ""
    )


def _is_allowed(one: Import, layer: str) -> bool:
    theirs = _stage(one.imported)
    for rule in MAY_IMPORT[layer]:
        whose, _, wanted = rule.partition(":")
        if not wanted:
            outside_stages = not theirs or layer in ("commands", "demo", "workers")
            if outside_stages and (one.imported == rule or one.imported.startswith(rule + ".")):
                return True
        elif (
            theirs
            and _layer(one.imported) == wanted
            and (whose == "stages" or theirs == _stage(one.importer))
        ):
            return True
    return one.imported.split(".")[0] not in ("hub", "workers", "config", "wsgi")


def _own(one: Import, theirs: str) -> str:
    return "own" if theirs == _stage(one.importer) else ""


def test_every_module_of_a_stage_is_in_a_layer() -> None:
    homeless = [
        name for name in _modules() if _stage(name) and not _layer(name) and name.split(".")[-1] not in STAGES
    ]
    assert not homeless, f"name them after a layer, or say in ALSO whose rules they keep: {homeless}"
    gone = [name for name in ALSO if name not in _modules()]
    assert not gone, f"ALSO names modules that do not exist: {gone}"


def test_each_layer_imports_only_what_it_may() -> None:
    wrong = [
        f"{one}: a {layer} module may import {', '.join(MAY_IMPORT[layer])}"
        for module in _modules()
        if (layer := _layer(module))
        for one in _imports(module)
        if not _is_allowed(one, layer)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_rules_are_plain_python() -> None:
    allowed = {"holidays", "numpy", "numba", "ortools"}
    wrong = [
        str(one)
        for module in _modules()
        if module.startswith("hub.domain")
        for one in _imports(module)
        if one.imported.split(".")[0] not in sys.stdlib_module_names | allowed | {"hub"}
    ]
    assert not wrong, wrong
    clocks = ("datetime.now", "datetime.today", "date.today", "time.time", "utcnow")
    for path in ROOT.glob("hub/domain/**/*.py"):
        text = path.read_text()
        assert not [word for word in clocks if f"{word}(" in text], f"{path.name}: `now` is a parameter"


def test_below_the_views_nobody_knows_of_the_web() -> None:
    wrong = [
        str(one)
        for module in _modules()
        if _layer(module) in ("queries", "actions", "presenters", "forms", "models")
        for one in _imports(module)
        if one.imported.split(".")[0] in NOT_BELOW_VIEWS
    ]
    assert not wrong, wrong


def test_the_hub_never_imports_the_workers() -> None:
    wrong = [
        str(one)
        for module in _modules()
        if not module.startswith("workers")
        for one in _imports(module)
        if one.imported.split(".")[0] == "workers"
    ]
    assert not wrong, wrong
    reached = [
        str(one)
        for module in _modules()
        if module.startswith("workers")
        for one in _imports(module)
        if _layer(one.imported) in NOT_FOR_WORKERS
    ]
    assert not reached, reached


def test_no_cycle_among_the_modules() -> None:
    graph = {
        module: {
            one.imported for one in _imports(module) if one.imported in _modules() and one.imported != module
        }
        for module in _modules()
        # A package's own page of names imports its modules; that is no cycle of theirs.
        if not (ROOT / module.replace(".", "/")).is_dir()
    }
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" > ".join(error.args[1]))


def _views() -> list[str]:
    return [module for module in _modules() if _layer(module) == "views"]


def test_views_leave_the_database_to_queries() -> None:
    """A view asks queries and actions; of the session it only commits or takes back."""
    wrong = []
    for module in _views():
        wrong += [
            str(one) for one in _imports(module) if one.imported.split(".")[0] in ("sqlalchemy", "psycopg")
        ]
        for node in ast.walk(_modules()[module]):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Attribute)
                and ast.unparse(node.value) == "db.session"
                and node.attr not in ("commit", "rollback")
            ):
                wrong.append(f"{module}:{node.lineno} db.session.{node.attr}")
    assert not wrong, wrong


def test_views_use_models_for_their_types_only() -> None:
    wrong = []
    for module in _views():
        tree = _modules()[module]
        names = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("hub.models")
            for alias in node.names
        }
        notes = {id(part) for note in _annotations(tree) for part in ast.walk(note)}
        wrong += [
            f"{module}:{node.lineno} {node.id}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Name) and node.id in names and id(node) not in notes
        ]
    assert not wrong, wrong


def _annotations(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            yield from (one.annotation for one in arguments if one.annotation)
            if node.returns:
                yield node.returns
        elif isinstance(node, ast.AnnAssign):
            yield node.annotation
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript):
            yield node.value  # a name for a type


def test_only_views_jobs_and_commands_end_a_transaction() -> None:
    """An action that commits by itself says so in its docstring, because nothing can follow it."""
    wrong = []
    for module in _modules():
        if _layer(module) not in ("actions", "queries"):
            continue
        for function in ast.walk(_modules()[module]):
            if isinstance(function, ast.FunctionDef) and "commits" not in (ast.get_docstring(function) or ""):
                ends = ("db.session.commit", "db.session.rollback")
                calls = (node for node in ast.walk(function) if isinstance(node, ast.Call))
                wrong += [f"{module}:{call.lineno}" for call in calls if ast.unparse(call.func) in ends]
    assert not wrong, wrong


def test_functions_and_files_stay_short() -> None:
    wrong = []
    for path in [*ROOT.glob("hub/**/*.py"), *ROOT.glob("workers/*.py")]:
        if "versions" in path.parts:
            continue
        lines = path.read_text().splitlines()
        if len(lines) > 400:
            wrong.append(f"{path.relative_to(ROOT)} has {len(lines)} lines")
        for node in ast.walk(ast.parse("\n".join(lines))):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 60:
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name} is 60 lines or longer")
    assert not wrong, wrong


def test_every_name_in_a_string_leads_somewhere() -> None:
    """Jobs are named by dotted string, as are pages and commands: each must resolve."""
    from hub import background, cli, pages
    from workers import timetable
    from workers.jobs import JOBS

    module, _, function = background.RUNNER.rpartition(".")
    assert callable(getattr(import_module(module), function))
    for name in pages.STAGES:
        assert import_module(name).bp.name
    for name in cli.COMMANDS:
        assert import_module(name).commands
    for entry in timetable.TIMETABLE:
        assert entry.job in JOBS
        assert entry.lane in background.LANES
    named = set(_jobs_named())
    assert named, "the hub hands out no job?"
    assert named <= set(JOBS), named - set(JOBS)


def _jobs_named() -> Iterator[str]:
    """Every job that the hub's code hands to `background.later`."""
    for tree in _modules().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("background.later", "later")):
                first: Any = node.args[0] if node.args else None
                if isinstance(first, ast.Constant):
                    yield str(first.value)


def test_nothing_in_the_product_speaks_of_how_it_was_made() -> None:
    """Words that belong to a workshop, not to a product, stay out of code, pages and documents."""
    words = re.compile(r"\btriage\b|\bticket\b", re.IGNORECASE)
    wrong = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for pattern in ("hub/**/*.py", "hub/**/*.html", "workers/*.py")
        for path in ROOT.glob(pattern)
        if (found := words.search(path.read_text()))
    ]
    assert not wrong, wrong
