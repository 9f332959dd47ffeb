"""Runs the schema's history as the owner of the tables, one migration at a time."""

from alembic import context
from flask import current_app
from sqlalchemy import create_engine, text

from hub import models as models  # so that every table is known to the metadata
from hub.extensions import Base


def run() -> None:
    """Connect as the owner and apply what is missing.

    The advisory lock lets several hosts start at once: one migrates, the others wait. A
    migration that cannot get its table lock quickly gives up rather than queueing everyone.
    """
    settings = current_app.extensions["hub_settings"]
    engine = create_engine(settings.database_owner_url or settings.database_url)
    with engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(4711)"))
        connection.execute(text("set lock_timeout = '3s'"))
        connection.commit()
        context.configure(
            connection=connection, target_metadata=Base.metadata, transaction_per_migration=True
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
