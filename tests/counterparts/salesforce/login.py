"""The ways into an org: client credentials, a signed JWT, a password over OAuth, and a password over SOAP."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from xml.etree import ElementTree

import jwt

from tests.counterparts.salesforce.exchange import RefusalError, Reply, Request, as_json

_SOAP = """<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope
  xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:sf="urn:fault.partner.soap.sforce.com">
<soapenv:Body>{}</soapenv:Body></soapenv:Envelope>"""


@dataclass(frozen=True)
class Keys:
    """What this org lets in. ``domain`` is its own (My Domain); ``public_key`` verifies signed assertions."""

    domain: str = "icp.my"
    username: str = "monitor@icp.example"
    password: str = "correct horse"
    security_token: str = "T0k3n"
    organization_id: str = "00D000000000001AAA"
    consumer_key: str = "3MVG9consumer"
    consumer_secret: str = "s3cret"
    public_key: str | None = None

    def grant(self, request: Request) -> str | None:
        """The name of the grant by which an OAuth request gets in."""
        form = request.form
        granted = {
            "client_credentials": self._has_client_credentials,
            "password": self._has_password,
            "urn:ietf:params:oauth:grant-type:jwt-bearer": self._has_signature,
        }.get(form.get("grant_type", ""))
        return form["grant_type"] if granted is not None and granted(request) else None

    def soap_grant(self, body: bytes) -> str | None:
        """The same for a SOAP login: with the security token, or from a trusted network with the organization's id."""
        said = {node.tag.rpartition("}")[2]: node.text for node in ElementTree.fromstring(body).iter()}
        if said.get("username") != self.username:
            return None
        if said.get("password") == self.password + self.security_token:
            return "soap"
        trusted = said.get("organizationId") == self.organization_id
        return "soap-ipfilter" if trusted and said.get("password") == self.password else None

    def _has_client_credentials(self, request: Request) -> bool:
        expected = base64.b64encode(f"{self.consumer_key}:{self.consumer_secret}".encode()).decode()
        own = request.host == f"{self.domain}.salesforce.com"
        return own and request.headers.get("Authorization") == f"Basic {expected}"

    def _has_password(self, request: Request) -> bool:
        expected = {
            "client_id": self.consumer_key,
            "client_secret": self.consumer_secret,
            "username": self.username,
            "password": self.password,
        }
        return expected.items() <= request.form.items()

    def _has_signature(self, request: Request) -> bool:
        audiences = [f"https://{name}.salesforce.com" for name in ("login", "test", self.domain)]
        try:
            claims = jwt.decode(
                request.form["assertion"], self.public_key or "", algorithms=["RS256"], audience=audiences
            )
        except jwt.PyJWTError:
            return False
        return claims.get("iss") == self.consumer_key and claims.get("sub") == self.username


def token_reply(token: str, instance: str) -> Reply:
    """What an OAuth login answers."""
    content = {"access_token": token, "instance_url": f"https://{instance}", "token_type": "Bearer"}
    return as_json(content)


def token_refusal() -> Reply:
    """What an OAuth login answers when it lets nobody in."""
    return as_json({"error": "invalid_grant", "error_description": "authentication failure"}, 400)


def soap_reply(token: str, instance: str) -> Reply:
    """What a SOAP login answers."""
    url = f"https://{instance}/services/Soap/u/59.0/00D000000000001"
    result = f"<result><serverUrl>{url}</serverUrl><sessionId>{token}</sessionId></result>"
    return _xml(200, f"<loginResponse>{result}</loginResponse>")


def soap_refusal() -> Reply:
    """What a SOAP login answers when it lets nobody in."""
    code, message = "INVALID_LOGIN", "Invalid username, password, security token; or user locked out."
    detail = f"<sf:exceptionCode>{code}</sf:exceptionCode><sf:exceptionMessage>{message}</sf:exceptionMessage>"
    return _xml(500, f"<soapenv:Fault><detail>{detail}</detail></soapenv:Fault>")


def expired() -> RefusalError:
    """What a request with a session that has ended is told."""
    return RefusalError(401, "INVALID_SESSION_ID", "Session expired or invalid")


def _xml(status: int, content: str) -> Reply:
    return Reply(status, _SOAP.format(content).encode(), {"Content-Type": "text/xml;charset=UTF-8"})
