"""Where tiers and scores go back to, and what they are called there (``export:`` in ``monitoring.yaml``)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from icp_monitor.config.faults import refusal
from icp_monitor.config.strict import Slug, Strict, Text

Exported = Literal["tier", "score", "score_low", "score_high", "segment", "icp_version", "scored_on", "reasons"]
Names = Annotated[dict[Exported, Text], Field(min_length=1)]


class ToFile(Strict):
    """A CSV file; its ``path`` is taken relative to the output folder, and ``{as_of}`` in it is the day."""

    path: Text = "export/icp-scores-{as_of}.csv"

    @field_validator("path")
    @classmethod
    def _only_the_day_is_filled_in(cls, path: str) -> str:
        try:
            path.format(as_of="2026-10-05")
        except (LookupError, ValueError):
            raise refusal("only {as_of} can stand in braces", "write it like scores-{as_of}.csv") from None
        return path


class ToTable(Strict):
    """A table: in the database of ``connection``, or in the warehouse's own where that is a database."""

    connection: Slug | None = None
    schema_: Annotated[Text | None, Field(alias="schema")] = None
    name: Text = "icp_scores"


class ToCrm(Strict):
    """Fields of a CRM's accounts.

    ``fields`` names the CRM's field for each thing that is sent. ``key`` is the CRM's field that holds our account_id,
    where that isn't the record's own id. ``tiers`` renames tiers: ``{tier_1: Tier 1}``. ``digits`` is how exactly
    scores are told; a difference beyond them sends nothing.
    """

    connection: Slug
    fields: Names
    key: Text | None = None
    tiers: dict[str, str] = Field(default={})
    digits: Annotated[int, Field(ge=0, le=6)] = 1

    @field_validator("fields")
    @classmethod
    def _has_a_tier(cls, fields: dict[str, str]) -> dict[str, str]:
        if "tier" not in fields:
            raise refusal("the tier must be among the fields", "add tier: and the name of the CRM's field")
        if len(set(fields.values())) < len(fields):
            raise refusal("two things would go into one field", "give each a field of its own")
        return fields


class ToSalesforce(ToCrm):
    """Fields of Salesforce's accounts, or of another ``object``."""

    object: Text = "Account"


class ToHubSpot(ToCrm):
    """Properties of HubSpot's companies, or of another ``object``."""

    object: Text = "companies"


class Export(Strict):
    """The ways back that are set up; a file always is."""

    file: ToFile = ToFile()
    table: ToTable | None = None
    salesforce: ToSalesforce | None = None
    hubspot: ToHubSpot | None = None
