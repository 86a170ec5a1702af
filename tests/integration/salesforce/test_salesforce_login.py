"""Every way into Salesforce that Airflow's hook knows, read from the same connection."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr

from icp_monitor.config.connection import Connection
from icp_monitor.errors import SourceError
from icp_monitor.sources.salesforce import SalesforceObjects
from icp_monitor.sources.salesforce.credentials import login_arguments, proxies
from tests.counterparts.salesforce.exchange import as_json
from tests.counterparts.salesforce.login import Keys
from tests.counterparts.salesforce.server import Counterpart
from tests.integration.salesforce.reading import source_of

KEYS = Keys()
CONSUMER = {"consumer_key": KEYS.consumer_key, "consumer_secret": KEYS.consumer_secret}
JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
USER = Connection("crm", login=KEYS.username, password=SecretStr(KEYS.password))
WAYS = {
    "client_credentials": Connection("crm", extra={**CONSUMER, "domain": KEYS.domain}),
    "password": replace(USER, extra=CONSUMER),
    "soap": replace(USER, extra={"security_token": KEYS.security_token}),
    "soap-ipfilter": replace(USER, extra={"organization_id": KEYS.organization_id, "security_token": ""}),
}


def exists(connection: Connection) -> bool:
    """Whether the connection gets as far as an answer about the object Account."""
    connector = SalesforceObjects(source_of("Account", ["Id"], optional=True), connection)
    return list(connector.offered()) == ["accounts"]


@pytest.fixture(scope="module")
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(key: rsa.RSAPrivateKey) -> str:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def public_pem(key: rsa.RSAPrivateKey) -> str:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()  # fmt: skip


@pytest.mark.parametrize("grant", WAYS)
def test_what_the_connection_holds_decides_how_the_client_logs_in(salesforce: Counterpart, grant: str) -> None:
    assert exists(WAYS[grant])
    assert salesforce.grants == [grant]


@pytest.mark.parametrize("form", ["text", "file", "prefixed"])
def test_a_signed_assertion_is_let_in_when_its_signature_is_right(
    salesforce: Counterpart, private_key: rsa.RSAPrivateKey, tmp_path: Path, form: str
) -> None:
    salesforce.keys = replace(KEYS, public_key=public_pem(private_key))
    file = tmp_path / "key.pem"
    file.write_text(private_pem(private_key))
    extras = {
        "text": {"consumer_key": KEYS.consumer_key, "private_key": private_pem(private_key)},
        "file": {"consumer_key": KEYS.consumer_key, "private_key_file_path": str(file)},
        "prefixed": {
            "extra__salesforce__consumer_key": KEYS.consumer_key,
            "extra__salesforce__private_key": private_pem(private_key),
        },
    }
    assert exists(Connection("crm", login=KEYS.username, extra=extras[form]))
    assert salesforce.grants == [JWT]


def test_an_assertion_that_another_key_signed_is_refused(
    salesforce: Counterpart, private_key: rsa.RSAPrivateKey
) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    salesforce.keys = replace(KEYS, public_key=public_pem(other))
    extra = {"consumer_key": KEYS.consumer_key, "private_key": private_pem(private_key)}
    with pytest.raises(SourceError, match="connection crm: Salesforce doesn't let it in: invalid_grant"):
        exists(Connection("crm", login=KEYS.username, extra=extra))


def test_a_session_that_is_given_by_its_id_needs_no_login(salesforce: Counterpart) -> None:
    extra = {"session_id": salesforce.open_session(), "instance_url": f"https://{salesforce.instance}/"}
    assert exists(Connection("crm", extra=extra))
    assert salesforce.grants == []


def test_a_refused_login_names_the_connection_and_no_secret(salesforce: Counterpart) -> None:
    salesforce.keys = replace(KEYS, password="changed")
    with pytest.raises(SourceError) as refused:
        exists(WAYS["soap"])
    said = str(refused.value)
    assert "connection crm" in said
    assert "INVALID_LOGIN" in said
    assert KEYS.password not in said
    assert KEYS.security_token not in said


@pytest.mark.parametrize("secret", ["password", "security_token", "consumer_secret"])
def test_a_secret_that_salesforce_repeats_is_struck_out(
    salesforce: Counterpart, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    repeated = {"error": "invalid_grant", "error_description": f"what is {getattr(KEYS, secret)}?"}
    monkeypatch.setattr(salesforce, "answer", lambda _: as_json(repeated, 400))
    extra = {**CONSUMER, "security_token": KEYS.security_token} if secret == "security_token" else CONSUMER
    with pytest.raises(SourceError, match="doesn't let it in") as refused:
        exists(replace(USER, extra=extra))
    assert getattr(KEYS, secret) not in str(refused.value)


@pytest.mark.parametrize(
    "connection",
    [
        Connection("crm", extra={"domain": "icp.my"}),
        Connection("crm", login="someone", extra={"consumer_key": "k", "private_key_file_path": "/nowhere/key.pem"}),
        Connection("crm", login="someone", extra={"consumer_key": "k", "private_key": "no key at all"}),
        replace(WAYS["soap"], extra={"security_token": "t", "version": "v59.0"}),
    ],
    ids=["no way in", "no key file", "no key", "bad version"],
)
def test_a_connection_that_holds_no_way_in_is_refused_with_those_that_there_are(
    salesforce: Counterpart, connection: Connection
) -> None:
    with pytest.raises(SourceError, match=r"connection crm: it doesn't say how to log in.*private_key \(JWT\)"):
        exists(connection)
    assert salesforce.requests == []


AIRFLOW = {
    "password": {"login": "u", "password": "p", "extra": {"security_token": "t", "domain": "test", "version": "60.0"}},
    "prefixed": {"login": "u", "password": "p", "extra": {"extra__salesforce__security_token": "t"}},
    "blank wins over prefixed": {
        "login": "u",
        "password": "p",
        "extra": {"security_token": "", "extra__salesforce__security_token": "t", "organization_id": "o"},
    },
    "jwt": {"login": "u", "extra": {"consumer_key": "k", "private_key": "pem", "instance_url": "icp.my"}},
    "jwt from a file": {"login": "u", "extra": {"consumer_key": "k", "private_key_file_path": "key.pem"}},
    "client credentials": {"extra": {"consumer_key": "k", "consumer_secret": "s", "domain": "icp.my"}},
    "blank form": {
        "login": "u",
        "password": "p",
        "extra": {"security_token": "t", "client_id": "", "instance": "", "proxies": ""},
    },
}


@pytest.mark.airflow
@pytest.mark.parametrize("values", AIRFLOW.values(), ids=AIRFLOW)
def test_simple_salesforce_is_given_what_airflows_hook_would_give_it(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, Any]
) -> None:
    hooks = pytest.importorskip("airflow.providers.salesforce.hooks.salesforce")
    from airflow.sdk import Connection as AirflowConnection

    theirs = AirflowConnection(
        conn_id="crm", conn_type="salesforce", **{**values, "extra": json.dumps(values["extra"])}
    )
    given: dict[str, Any] = {}
    monkeypatch.setattr(hooks, "Salesforce", lambda **arguments: given.update(arguments))
    monkeypatch.setattr(hooks.SalesforceHook, "get_connection", lambda *_: theirs)
    hooks.SalesforceHook("crm").get_conn()
    expected = {name: value for name, value in given.items() if value is not None}
    default_version = {"version": given["version"]}
    assert default_version | login_arguments(_plain(theirs)) == expected


def _plain(connection: Any) -> Connection:
    """The connection as the DAGs hand it to the library."""
    spec = spec_from_file_location("icp_settings", Path(__file__).parents[3] / "plugins" / "icp_settings.py")
    assert spec is not None
    assert spec.loader is not None
    plugin = module_from_spec(spec)
    spec.loader.exec_module(plugin)
    converted: Connection = plugin.plain(connection)
    return converted


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("http://proxy:8080", {"http": "http://proxy:8080", "https": "http://proxy:8080"}),
        ('{"https": "http://proxy:8080"}', {"https": "http://proxy:8080"}),
        ({"https": "http://proxy:8080"}, {"https": "http://proxy:8080"}),
        ("", {}),
    ],
)
def test_proxies_may_be_written_as_one_address_as_json_or_as_a_mapping(written: object, meant: dict[str, str]) -> None:
    assert proxies(Connection("crm", extra={"proxies": written})) == meant


@pytest.mark.parametrize("written", ['{"https": ', 7, ["http://proxy:8080"]])
def test_proxies_that_can_not_be_read_are_refused(written: object) -> None:
    with pytest.raises(SourceError, match="connection crm: proxies: can't be read"):
        proxies(Connection("crm", extra={"proxies": written}))
