"""`python -m tests.performance.import_upload FILE USER_ID`: bring a file in, say how long and how much."""

import json
import sys
import time
from pathlib import Path

from hub import create_app
from hub.domain.actor import Actor
from hub.domain.vocabulary import Role
from hub.extensions import db
from hub.imports import actions, queries
from hub.models.acting import act_as
from tests.performance.imports import most_mb
from tests.support.import_files import mapping


def main() -> None:
    """Upload, look at the first rows as they would be read, and confirm the columns: three pages."""
    path, user_id = Path(sys.argv[1]), int(sys.argv[2])
    by = Actor(user_id=user_id, name="Somebody", roles=frozenset({Role.REQUESTER}))
    app = create_app()
    began, start = time.time(), time.perf_counter()
    with app.app_context():
        act_as(by)
        ref = actions.upload(data=path.read_bytes(), filename=path.name, practice=None, kind=None, by=by).ref
        db.session.commit()
        assert queries.preview(queries.get(ref), mapping())
        db.session.commit()
        actions.set_mapping(queries.get(ref, lock=True), mapping(), by=by)
        db.session.commit()
    seconds = time.perf_counter() - start
    peak = most_mb("self")
    print(json.dumps({"ref": ref, "began": began, "seconds": seconds, "peak_mb": peak}))


if __name__ == "__main__":
    main()
