"""What all configuration models share: unknown keys are errors, nothing is guessed, nothing changes after loading."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from icp_monitor.config.faults import Fault, refusal, refuse

LARGEST = 1e15
IDENTIFIER = r"^[a-z][a-z0-9_]{0,47}$"
SLUG = r"^[a-z][a-z0-9_-]{0,47}$"
CURRENCY = r"^[A-Z]{3}$"
CHANNEL = r"^[#@]?[A-Za-z0-9_.-]{1,80}$"


class Strict(BaseModel):
    """A frozen model that refuses unknown keys and does not turn text into numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class File(Strict):
    """A model of a whole file, whose parts must also agree with each other."""

    @classmethod
    def disagreements(cls, values: Mapping[str, Any]) -> Iterator[Fault]:
        """What is wrong between parts that may each be right; must bear values that are wrong in themselves."""
        del values
        yield from ()

    @model_validator(mode="after")
    def _parts_agree(self) -> Self:
        refuse(type(self).__name__, self.disagreements(self.model_dump(by_alias=True)))
        return self


def _iso_day(value: object) -> object:
    if isinstance(value, date):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise refusal("there is no such day", "check the month and the day") from None
    raise refusal("a date is written year-month-day", "write it like 2026-10-05")


def _known_zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):  # unknown, not a relative path, a folder such as America
        raise refusal("unknown time zone", "use an IANA name such as America/New_York") from None


Identifier = Annotated[str, StringConstraints(pattern=IDENTIFIER)]
Slug = Annotated[str, StringConstraints(pattern=SLUG)]
Text = Annotated[str, StringConstraints(min_length=1)]
Currency = Annotated[str, StringConstraints(pattern=CURRENCY)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, le=LARGEST, allow_inf_nan=False)]
Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST, allow_inf_nan=False)]
Weight = Annotated[float, Field(ge=0, le=LARGEST, allow_inf_nan=False)]
Day = Annotated[date, BeforeValidator(_iso_day)]
Zone = Annotated[str, AfterValidator(_known_zone)]
