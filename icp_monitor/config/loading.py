"""Loads the three configuration files, and reports everything that is wrong with them at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError

from icp_monitor.config.document import Document, read_document
from icp_monitor.config.explain import faults_of
from icp_monitor.config.hashing import canonical_hash
from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.monitoring import MonitoringConfig
from icp_monitor.config.sources import SourcesConfig
from icp_monitor.config.strict import File
from icp_monitor.errors import ConfigError, Problem

ICP_FILE = "icp.yaml"
MONITORING_FILE = "monitoring.yaml"
SOURCES_FILE = "sources.yaml"

Content = TypeVar("Content", bound=File)


@dataclass(frozen=True)
class Config:
    """A whole configuration; ``hash`` covers the three files, ``icp_hash`` what is approved and frozen."""

    icp: IcpConfig
    monitoring: MonitoringConfig
    sources: SourcesConfig
    folder: Path
    hash: str

    @property
    def icp_hash(self) -> str:
        """The hash of the profile alone."""
        return canonical_hash(self.icp)


@dataclass(frozen=True)
class Loaded(Generic[Content]):
    """One file after reading: its content, or the problems that keep it from being used."""

    document: Document
    content: Content | None
    problems: tuple[Problem, ...]


def load_config(folder: Path) -> Config:
    """The configuration in ``folder``.

    Raises:
        ConfigError: every problem of all three files.
    """
    if not folder.is_dir():
        raise ConfigError(Problem(str(folder), "there is no such folder", cure="name the configuration's folder"))
    icp = read_file(folder / ICP_FILE, IcpConfig)
    monitoring = read_file(folder / MONITORING_FILE, MonitoringConfig)
    sources = read_file(folder / SOURCES_FILE, SourcesConfig)
    if icp.content is None or monitoring.content is None or sources.content is None:
        raise ConfigError(*icp.problems, *monitoring.problems, *sources.problems)
    whole = canonical_hash(icp.content, monitoring.content, sources.content)
    return Config(icp.content, monitoring.content, sources.content, folder, whole)


def load_icp(file: Path) -> IcpConfig:
    """The profile in ``file``; raises a ConfigError with every problem."""
    return _content(read_file(file, IcpConfig))


def load_monitoring(file: Path) -> MonitoringConfig:
    """The monitoring settings in ``file``; raises a ConfigError with every problem."""
    return _content(read_file(file, MonitoringConfig))


def load_sources(file: Path) -> SourcesConfig:
    """The sources in ``file``; raises a ConfigError with every problem."""
    return _content(read_file(file, SourcesConfig))


def read_file(file: Path, model: type[Content]) -> Loaded[Content]:
    """The content of ``file``, or everything that is wrong with it."""
    try:
        document = read_document(file)
    except ConfigError as error:
        found = tuple(problem for problem in error.problems if isinstance(problem, Problem))
        return Loaded(Document(str(file), {}, {}, ()), None, found)
    faults = list(document.faults)
    content = None
    try:
        content = model.model_validate(document.values)
    except ValidationError as error:
        # The parts are compared by pydantic only where all fields are right; here they are always.
        faults += [*faults_of(error, model, document.marks), *model.disagreements(document.values)]
    problems = document.problems(faults)
    return Loaded(document, None if problems else content, problems)


def _content(loaded: Loaded[Content]) -> Content:
    if loaded.content is None:
        raise ConfigError(*loaded.problems)
    return loaded.content
