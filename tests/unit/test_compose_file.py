"""The deployment files: valid, complete, and without a secret in them."""

import importlib.resources
import importlib.util
import json
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema.validators import Draft202012Validator

REPOSITORY = Path(__file__).parents[2]
COMPOSE = REPOSITORY / "docker-compose.yaml"
EXAMPLE = REPOSITORY / ".env.example"
DOCKERFILE = REPOSITORY / "Dockerfile"
VARIABLE = re.compile(r"(?<!\$)\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<text>[^}]*))?\}")
SECRET = re.compile(r"PASSWORD|SECRET|KEY|TOKEN")

Document = dict[str, Any]


@pytest.fixture(scope="module")
def compose() -> Document:
    document: Document = yaml.safe_load(COMPOSE.read_text())
    return document


@pytest.fixture(scope="module")
def example() -> dict[str, str]:
    lines = [line for line in EXAMPLE.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def uses() -> list[re.Match[str]]:
    """Every variable that the file asks the shell for, outside comments."""
    text = "\n".join(line for line in COMPOSE.read_text().splitlines() if not line.lstrip().startswith("#"))
    return list(VARIABLE.finditer(text))


def required() -> set[str]:
    return {use["name"] for use in uses() if use["kind"] == "?"}


def test_the_file_obeys_the_compose_specification(compose: Document) -> None:
    pytest.importorskip("check_jsonschema", reason="the package check-jsonschema, which holds the schema, is missing")
    schemas = importlib.resources.files("check_jsonschema.builtin_schemas.vendor")
    schema = json.loads((schemas / "compose-spec.json").read_text())
    assert [error.message for error in Draft202012Validator(schema).iter_errors(compose)] == []


def compose_plugin_missing() -> bool:
    if shutil.which("docker") is None:
        return True
    return subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode != 0


@pytest.mark.skipif(compose_plugin_missing(), reason="the docker command with its compose plugin is missing")
def test_docker_compose_accepts_the_filled_in_example_and_refuses_the_empty_one(
    example: dict[str, str], tmp_path: Path
) -> None:
    def check(values: dict[str, str]) -> "subprocess.CompletedProcess[str]":
        file = tmp_path / "env"
        file.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
        command = ["docker", "compose", "--env-file", str(file), "--file", str(COMPOSE), "config", "--quiet"]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    filled = check(example | dict.fromkeys(required(), "0123456789abcdef"))
    assert (filled.returncode, filled.stderr) == (0, "")
    empty = check(example)
    assert empty.returncode != 0
    assert re.search("required variable \\w+ is missing a value", empty.stderr)


def test_no_secret_has_a_default() -> None:
    defaults = {use["name"]: use["text"] for use in uses() if SECRET.search(use["name"]) and use["kind"] == "-"}
    assert set(defaults.values()) <= {""}
    unguarded = {use["name"] for use in uses() if SECRET.search(use["name"])} - required() - set(defaults)
    assert unguarded == set()


def test_no_secret_is_written_into_the_file(compose: Document) -> None:
    for name, service in compose["services"].items():
        for key, value in service["environment"].items():
            if SECRET.search(key) and not key.endswith("_FILE"):
                assert VARIABLE.fullmatch(value), f"{name}: {key}"
            assert not re.search(r"://\w+:(?!\$\{)[^/@]*@", str(value)), f"{name}: a password in {key}"


def test_a_missing_secret_is_named_together_with_the_cure() -> None:
    assert all(".env.example" in use["text"] for use in uses() if use["kind"] == "?")


def test_the_example_lists_exactly_the_variables_in_use_and_gives_none_a_value(example: dict[str, str]) -> None:
    assert set(example) == {use["name"] for use in uses()}
    assert set(example.values()) == {""}


def test_every_variable_of_the_example_is_explained() -> None:
    lines = EXAMPLE.read_text().splitlines()
    for before, line in pairwise(lines):
        if line and not line.startswith("#"):
            assert before.startswith("# "), line


def test_every_service_that_stays_up_can_say_whether_it_is_healthy(compose: Document) -> None:
    for name, service in compose["services"].items():
        if service["restart"] != "no":
            assert service["healthcheck"]["test"][0] == "CMD", name
            assert {"interval", "timeout", "retries", "start_period"} <= set(service["healthcheck"]), name


def test_nothing_starts_before_the_databases_are_migrated(compose: Document) -> None:
    for name in ("apiserver", "scheduler", "dag-processor"):
        before = compose["services"][name]["depends_on"]
        assert before["airflow-init"] == {"condition": "service_completed_successfully"}
        assert before["postgres"] == {"condition": "service_healthy"}


def test_only_this_machine_reaches_the_web_interface_unless_asked_otherwise(compose: Document) -> None:
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert published == {"apiserver": ["${AIRFLOW_LISTEN:-127.0.0.1:8080}:8080"]}


def test_the_configuration_is_mounted_read_only_outside_airflows_home(compose: Document) -> None:
    home = re.search(r"AIRFLOW_HOME=(\S+)", DOCKERFILE.read_text())
    assert home is not None
    for name in ("apiserver", "scheduler", "dag-processor"):
        service = compose["services"][name]
        target = service["environment"]["ICP_CONFIG_DIR"]
        assert f"./config:{target}:ro" in service["volumes"], name
        assert not Path(target).is_relative_to(home[1])


def test_every_airflow_setting_exists(compose: Document) -> None:
    """Airflow ignores a misspelt setting without a word."""
    airflow = importlib.util.find_spec("airflow")
    if airflow is None or airflow.origin is None:
        pytest.skip("Airflow is not installed")
    options = yaml.safe_load((Path(airflow.origin).parent / "config_templates" / "config.yml").read_text())
    known = {
        f"AIRFLOW__{section}__{option}".upper() for section, content in options.items() for option in content["options"]
    }
    dockerfile = set(re.findall(r"AIRFLOW__\w+", DOCKERFILE.read_text()))
    used = {key for service in compose["services"].values() for key in service["environment"]} | dockerfile
    settings = {key for key in used if key.startswith("AIRFLOW__")}
    assert settings - known == set()


def test_the_image_takes_only_what_dockerignore_lets_through() -> None:
    allowed = {line[1:] for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied: set[str] = set()
    for arguments in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE.read_text(), flags=re.MULTILINE):
        copied |= set(arguments.split()[:-1])
    assert copied == allowed
    assert all((REPOSITORY / name).exists() for name in copied)


def test_the_image_runs_without_rights_and_holds_no_secret() -> None:
    text = DOCKERFILE.read_text()
    created = re.search(r"useradd --uid (\d+) ", text)
    assert created is not None
    assert int(created[1]) > 0
    assert re.findall(r"^USER (\S+)$", text, flags=re.MULTILINE) == [created[1]]
    names = re.findall(r"(\w+)=", text)
    assert [name for name in names if SECRET.search(name)] == []


def test_the_image_installs_what_the_lock_file_says_without_the_developers_tools() -> None:
    syncs = re.findall(r"^RUN (uv sync .+)$", DOCKERFILE.read_text(), flags=re.MULTILINE)
    assert len(syncs) == 2
    for sync in syncs:
        assert {"--frozen", "--no-default-groups"} <= set(sync.split())
