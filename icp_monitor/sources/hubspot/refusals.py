"""Everything that keeps a portal from being read as the mapping has it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from icp_monitor.config.mapped import ObjectTable
from icp_monitor.config.sources import HubSpotSource
from icp_monitor.config.suggestions import did_you_mean
from icp_monitor.errors import Problem
from icp_monitor.sources.hubspot.api import Api
from icp_monitor.sources.hubspot.faults import RefusedError
from icp_monitor.sources.hubspot.pages import Condition, found
from icp_monitor.sources.hubspot.portal import Portal, Stage
from icp_monitor.sources.hubspot.record import LABEL, Asked

_FORBIDDEN = 403
_EXAMPLE = '[{"propertyName": "pipeline", "operator": "EQ", "value": "default"}]'
_OBJECTS = ("companies", "contacts", "deals", "leads", "line_items", "products", "tickets")


def table_problems(api: Api, portal: Portal, where: str, table: ObjectTable, asked: Asked) -> Iterator[Problem]:
    """An object that there isn't or that may not be read, and properties that it doesn't have.

    Raises:
        SourceError: HubSpot can't be asked at all.
    """
    unreadable = list(_unreadable(partial(portal.properties, table.object), where, table.object))
    yield from unreadable
    if unreadable:
        return
    properties = portal.properties(table.object)
    for name in asked.properties:
        if name not in properties:
            cure = did_you_mean(name, properties) or "write its internal name, as HubSpot's property settings show it"
            yield Problem(f"{where}.columns", f"{table.object} have no property of this name", repr(name), cure)
    for kind in (table.object, *asked.associated):
        yield from _unreadable(partial(portal.open, kind), where, kind)
    yield from _condition_problems(api, f"{where}.where", table)


def stage_problems(where: str, source: HubSpotSource, column: str, stages: Sequence[Stage]) -> Iterator[Problem]:
    """No stage of the portal is sorted as won, or as lost: the mapping is that of another portal."""
    by_label = column.endswith(LABEL)
    here = {(stage.label if by_label else stage.id).strip().lower() for stage in stages}
    for outcome in ("won", "lost"):
        if not any(name.strip().lower() in here for name in source.stages.get(outcome, ())):
            message = f"no stage of the portal's pipelines is sorted as {outcome}"
            yield Problem(f"{where}.stages.{outcome}", message, cure=f"write {_proposal(stages, by_label)}")


def conditions_of(table: ObjectTable) -> list[Condition]:
    """The table's ``where``: a JSON list of the filters of HubSpot's search, all of which must hold.

    Raises:
        ValueError: it is something else.
    """
    conditions = json.loads(table.where or "[]")
    if not isinstance(conditions, list) or not all(isinstance(item, dict) for item in conditions):
        raise ValueError
    return conditions


def _condition_problems(api: Api, where: str, table: ObjectTable) -> Iterator[Problem]:
    try:
        conditions = conditions_of(table)
    except ValueError:
        yield Problem(where, "the condition is no JSON list of filters", table.where, f"write it like {_EXAMPLE}")
        return
    try:
        if conditions:
            next(found(api, table.object, conditions))
    except RefusedError as error:
        if not is_unknown(error):
            raise
        yield Problem(where, error.problem.message, table.where, f"write it like {_EXAMPLE}")


def is_unknown(error: RefusedError) -> bool:
    """Whether there is no object of this name, which HubSpot takes for a bad request."""
    return error.status in (400, 404)


def _unreadable(ask: Callable[[], object], where: str, kind: str) -> Iterator[Problem]:
    try:
        ask()
    except RefusedError as error:
        if is_unknown(error):
            cure = (
                did_you_mean(kind, _OBJECTS) or "write its name as the API has it, like 2-1234567 for your own objects"
            )
            yield Problem(f"{where}.object", "the portal has no such object", repr(kind), cure)
        elif error.status == _FORBIDDEN:
            yield error.problem
        else:
            raise


def _proposal(stages: Sequence[Stage], by_label: bool) -> str:
    """The mapping that the pipelines themselves suggest."""
    sorted_names: Mapping[str, dict[str, None]] = {"open": {}, "won": {}, "lost": {}}
    for stage in stages:
        sorted_names[stage.outcome][stage.label if by_label else stage.id] = None
    return "; ".join(f"{outcome}: [{', '.join(names)}]" for outcome, names in sorted_names.items() if names)
