"""A feed's source is the Airflow connection of its name, of whatever kind, else what the environment says."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONNECTIONS = {
    "ncric_tips": {"conn_type": "sftp", "login": "u", "host": "h", "port": 2222, "extra": {"key_file": "/k", "host_key": "ssh-ed25519 AAAA"}},
    "jric_tips": {"conn_type": "aws", "login": "id", "password": "s3cret", "extra": {"endpoint_url": "https://s3.example.org/", "bucket": "b"}},
    "stac_tips": {"conn_type": "http", "host": "h", "schema": "api", "password": "s3cret", "extra": {"ca": "/ca"}},
    "ociac_tips": {"conn_type": "fs", "extra": {"path": "/in"}},
    "ccic_tips": {"conn_type": "sftp", "login": "u", "host": "h"},
}
PROBE = """
import sys
sys.path.insert(0, "plugins")
import dataclasses, json
from pathlib import Path
import feeds
from pipelines.core.errors import SystemFault
from pipelines.core.settings import Settings
found = {}
for name in ("ncric_tips", "jric_tips", "stac_tips", "ociac_tips", "ccic_tips", "sdlecc_tips"):
    try:
        source = feeds.source_for(Settings(home=Path("/home"), key=b""), name)
        assert "s3cret" not in repr(source)
        found[name] = {k: v for k, v in dataclasses.asdict(source).items() if v}
    except SystemFault as fault:
        found[name] = str(fault)
print(json.dumps(found))
"""


@pytest.mark.slow
def test_connections_become_sources(tmp_path: Path) -> None:
    given = {f"AIRFLOW_CONN_{name.upper()}": json.dumps(value) for name, value in CONNECTIONS.items()}
    environment = os.environ | given | {"AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "STAS_INBOX": "/inbox"}
    done = subprocess.run([sys.executable, "-c", PROBE], cwd=ROOT / "dags", env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "ncric_tips": {"address": "sftp://u@h:2222", "keyfile": "/k", "hostkey": "ssh-ed25519 AAAA"},
        "jric_tips": {"address": "https://s3.example.org/b", "access": "id", "secret": "s3cret"},
        "stac_tips": {"address": "https://h/api", "token": "s3cret", "ca": "/ca"},
        "ociac_tips": {"address": "/in", "transport": "folder"},
        "ccic_tips": "ccic_tips: the connection ccic_tips lacks the extra 'key_file'.",
        "sdlecc_tips": {"address": "/inbox/sdlecc_tips", "transport": "folder"},
    }
