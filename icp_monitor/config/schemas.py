"""JSON Schemas of the three files, with which an editor completes keys and marks mistakes while one types."""

from __future__ import annotations

import json
from pathlib import Path

from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.loading import ICP_FILE, MONITORING_FILE, SOURCES_FILE
from icp_monitor.config.monitoring import MonitoringConfig
from icp_monitor.config.sources import SourcesConfig
from icp_monitor.config.strict import File

MODELS: dict[str, type[File]] = {
    ICP_FILE: IcpConfig,
    MONITORING_FILE: MonitoringConfig,
    SOURCES_FILE: SourcesConfig,
}


def schema_text(model: type[File]) -> str:
    """The JSON Schema of one file."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> tuple[Path, ...]:
    """Write ``icp.schema.json`` and its two siblings into ``folder``; returns what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, model in MODELS.items():
        target = folder / f"{Path(name).stem}.schema.json"
        target.write_text(schema_text(model), encoding="utf-8")
        written.append(target)
    return tuple(written)
