"""A certificate authority of the tests' own, and the certificate with which it vouches for a service's names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SALESFORCE = ("*.salesforce.com", "*.my.salesforce.com")


@dataclass(frozen=True)
class Certificates:
    """``bundle``: what a client trusts; ``chain``: what the server shows, with its key."""

    bundle: Path
    chain: Path


def make(folder: Path, hosts: tuple[str, ...] = SALESFORCE) -> Certificates:
    """Write a fresh authority and the certificate of a server with these names into ``folder``."""
    authority_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "The tests' authority")])
    authority = (
        _builder(issuer, issuer, authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
    names = x509.SubjectAlternativeName([x509.DNSName(name) for name in hosts])
    server = _builder(subject, issuer, server_key).add_extension(names, critical=False)
    result = Certificates(folder / "authority.pem", folder / "server.pem")
    result.bundle.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    private = server_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    shown = server.sign(authority_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    result.chain.write_bytes(private + shown)
    return result


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)  # noqa: TID251 - a certificate holds from now on
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
    )
