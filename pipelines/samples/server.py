"""The simulated state center's API: HTTPS on the loopback interface, its own CA, a bearer token, cursor pages, and a bad day now and then.

Run as `python -m pipelines.samples.server --folder F --ready-file R`; R then holds the address, the CA's file and the token.
"""

import argparse
import ipaddress
import json
import os
import secrets
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI, HTTPException, Request

HOST = "127.0.0.1"


def make_certificates(folder: Path) -> tuple[Path, Path, Path]:
    """A CA and a certificate for 127.0.0.1, valid for a week: files of the CA, the certificate and its key."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    now = datetime.now(UTC)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Simulated centers CA")])

    def certificate(name: x509.Name, public: ec.EllipticCurvePublicKey, is_ca: bool) -> x509.Certificate:
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(ca_name).public_key(public)
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(hours=1))
        builder = builder.not_valid_after(now + timedelta(days=7)).add_extension(x509.BasicConstraints(is_ca, None), critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        usage = x509.KeyUsage(not is_ca, False, False, False, False, is_ca, is_ca, False, False)
        builder = builder.add_extension(usage, critical=True)
        if not is_ca:
            address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
            builder = builder.add_extension(address, critical=False)
        return builder.sign(ca_key, hashes.SHA256())

    server_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    pem = serialization.Encoding.PEM
    files = {
        "ca.pem": certificate(ca_name, ca_key.public_key(), True).public_bytes(pem),
        "server.pem": certificate(server_name, key.public_key(), False).public_bytes(pem),
        "server.key": key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    }
    for name, content in files.items():
        path = folder / name
        path.touch(mode=0o600)
        path.write_bytes(content)
    return folder / "ca.pem", folder / "server.pem", folder / "server.key"


def make_app(folder: Path, token: str) -> FastAPI:
    """The API over a folder of NDJSON files: GET /deliveries, and GET /tips?delivery=&limit=&cursor=."""
    app = FastAPI(openapi_url=None)
    met: set[str] = set()

    def allow(request: Request) -> None:
        given = request.headers.get("authorization", "")
        if not secrets.compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise HTTPException(401)

    @app.get("/deliveries")
    def deliveries(request: Request) -> dict[str, Any]:
        allow(request)
        listed = []
        for path in sorted(folder.glob("*.ndjson")):
            modified = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat()
            items = path.read_bytes().count(b"\n")
            listed.append({"name": path.name, "as_of": path.stem.rpartition("_")[2], "modified": modified, "items": items})
        return {"deliveries": listed}

    @app.get("/tips")
    def tips(request: Request, delivery: str, limit: int = 200, cursor: str = "0") -> dict[str, Any]:
        allow(request)
        path = folder / Path(delivery).name
        if not path.is_file():
            raise HTTPException(404)
        if cursor != "0" and delivery not in met:  # the second page fails once: clients have to try again
            met.add(delivery)
            raise HTTPException(429 if len(met) % 2 else 503, headers={"Retry-After": "0"})
        items = path.read_text(encoding="utf-8").splitlines()
        start = int(cursor)
        following = str(start + limit) if start + limit < len(items) else None
        return {"items": [json.loads(item) for item in items[start : start + limit]], "next_cursor": following}

    return app


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--ready-file", type=Path, required=True)
    given = parser.parse_args()
    token = secrets.token_urlsafe(32)
    ca, certificate, key = make_certificates(given.ready_file.parent / "tls")
    listener = socket.socket()
    listener.bind((HOST, 0))
    app = make_app(given.folder, token)
    config = uvicorn.Config(app, ssl_certfile=certificate, ssl_keyfile=key, log_level="warning", lifespan="off")
    ready = {"url": f"https://{HOST}:{listener.getsockname()[1]}", "ca": str(ca), "token": token, "pid": os.getpid()}
    draft = given.ready_file.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(ready))
    draft.replace(given.ready_file)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
