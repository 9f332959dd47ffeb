"""What was foretold: the newest forecast per task, and predictions kept until it is known what happened."""

import datetime as dt
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hub.extensions import Base
from hub.models.columns import Instant, Key, PracticeId


class ForecastRun(Base):
    """One forecast of all open work: when, from what, and what it says of queues and networks.

    `curve` is the calibration that was applied, as data; `figures` hold numbers only.
    """

    __tablename__ = "forecast_run"

    id: Mapped[Key]
    at: Mapped[Instant]
    tasks: Mapped[int]
    runs: Mapped[int]
    curve: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")


class Forecast(Base):
    """What the newest run says of one task. A task that is closed keeps its last forecast.

    Half of the runs finish by `middle_at`, 80 % by `by_80_at`; None: not within the horizon. The
    chances of being late are None where it is due beyond the horizon.
    """

    __tablename__ = "forecast"
    __table_args__ = (
        ForeignKeyConstraint(["task_id", "practice_id"], ["task.id", "task.practice_id"]),
        CheckConstraint("late between 0 and 1", name="late_is_a_chance"),
        Index("forecast_of_run", "run_id"),
    )

    task_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    practice_id: Mapped[PracticeId]
    run_id: Mapped[int] = mapped_column(Integer, ForeignKey("forecast_run.id"))
    middle_at: Mapped[Instant | None]
    by_80_at: Mapped[Instant | None]
    late: Mapped[float | None] = mapped_column(Float)
    late_if_on: Mapped[float | None] = mapped_column(Float)
    late_if_usual: Mapped[float | None] = mapped_column(Float)


class Prediction(Base):
    """One prediction of one morning, kept to be held against what happened.

    `raw` is what the runs said, `said` the chance after calibration. `late`: what happened, None
    until it is known.
    """

    __tablename__ = "prediction"
    __table_args__ = (
        ForeignKeyConstraint(["task_id", "practice_id"], ["task.id", "task.practice_id"]),
        CheckConstraint("raw between 0 and 1 and said between 0 and 1", name="chances"),
        Index("prediction_open", "due_at", postgresql_where=text("late is null")),
        Index("prediction_resolved", "made_on", postgresql_where=text("late is not null")),
    )

    task_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    made_on: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    practice_id: Mapped[PracticeId]
    due_at: Mapped[Instant]
    raw: Mapped[float] = mapped_column(Float)
    said: Mapped[float] = mapped_column(Float)
    late: Mapped[bool | None]
