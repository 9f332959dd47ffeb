"""Column shapes that several tables share."""

import datetime as dt
from enum import Enum
from typing import Annotated

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Integer, Text
from sqlalchemy.orm import mapped_column

Key = Annotated[int, mapped_column(Integer, Identity(), primary_key=True)]
BigKey = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
Instant = Annotated[dt.datetime, mapped_column(DateTime(timezone=True))]
Words = Annotated[str, mapped_column(Text)]
PersonId = Annotated[int, mapped_column(Integer, ForeignKey("app_user.id"))]
PracticeId = Annotated[int, mapped_column(Integer, ForeignKey("practice.id"))]


def one_of(column: str, values: type[Enum]) -> CheckConstraint:
    """Return a check that `column` holds a value of `values` (or null where allowed)."""
    listed = ", ".join(f"'{member.value}'" for member in values)
    return CheckConstraint(f"{column} in ({listed})", name=f"{column}_known")
