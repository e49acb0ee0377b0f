"""Receives settings; hands on a running Airflow with this project's DAGs and users, on the loopback interface alone.

Everything of it lies in STAS_HOME/airflow, readable by the owner only. It runs in a process group of its own, and `down` ends all of it.
"""

import json
import os
import secrets
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
from cryptography.fernet import Fernet

from pipelines.core.catalog import load_feeds
from pipelines.core.errors import SystemFault, UsageError
from pipelines.core.files import write_json
from pipelines.core.settings import ROOT, Settings
from pipelines.service import process

HOST = "127.0.0.1"
USERS = {"admin": "admin", "analyst": "op", "approver": "op", "viewer": "viewer"}  # name -> role of Airflow's simple auth manager
START_S, STOP_S = 240, 25
PARALLELISM = 3

# The log servers of scheduler and triggerer bind every interface, and no setting says otherwise.
LOCAL_SETTINGS = '''"""Bind to the loopback interface whatever has no setting of its own. Written by `stas up`."""
import uvicorn

_run = uvicorn.run


def run(app, *, host="", **options):
    return _run(app, host=host or "127.0.0.1", **options)


uvicorn.run = run
'''


@dataclass(frozen=True)
class Service:
    """A running Airflow: its address, the passwords of its users, and its process groups."""

    url: str
    passwords: dict[str, str]
    groups: tuple[int, ...]


def state_path(settings: Settings) -> Path:
    """Where the running service is written down."""
    return settings.path("airflow", "service.json")


def running(settings: Settings) -> Service | None:
    """The service of this home, if it runs."""
    if not state_path(settings).exists():
        return None
    state = json.loads(state_path(settings).read_text(encoding="utf-8"))
    service = Service(state["url"], _passwords(settings), tuple(state["groups"]))
    return service if members(settings, service) else None


def up(settings: Settings, environment: Mapping[str, str] | None = None, beside: tuple[int, ...] = ()) -> Service:
    """Start Airflow and wait until every part is healthy. `beside`: process groups that `down` has to end as well.

    Raises UsageError where it runs already, SystemFault where it does not come up; the log is named.
    """
    if found := running(settings):
        raise UsageError(f"Airflow runs already at {found.url}. `stas down` ends it.")
    home = settings.path("airflow")
    (home / "config").mkdir(parents=True, exist_ok=True, mode=0o700)
    home.chmod(0o700)
    (home / "config" / "airflow_local_settings.py").write_text(LOCAL_SETTINGS, encoding="utf-8")
    ports = _free_ports(3)
    url = f"http://{HOST}:{ports[0]}"
    log = home / "standalone.log"
    command = [str(Path(sys.executable).with_name("airflow")), "standalone"]
    group = process.start(command, log, home, _environment(settings, home, ports) | dict(environment or {}))
    service = Service(url, _passwords(settings), (group, *beside))
    write_json(state_path(settings), {"url": url, "groups": service.groups})
    try:
        _wait_until_healthy(group, url, log)
        _make_pools(settings, service)
    except BaseException:
        down(settings)
        raise
    return service


def down(settings: Settings) -> bool:
    """End every process of the service; say whether there was one."""
    if not state_path(settings).exists():
        return False
    groups = tuple(json.loads(state_path(settings).read_text(encoding="utf-8"))["groups"])
    process.end(groups, _mark(settings), STOP_S)
    state_path(settings).unlink(missing_ok=True)
    return True


def _environment(settings: Settings, home: Path, ports: list[int]) -> dict[str, str]:
    """What Airflow needs to know. The master key is not in it: tasks find it as every command does."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    secret = _secrets(home)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    given = {
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "CORE__PLUGINS_FOLDER": str(ROOT / "dags" / "plugins"),
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "CORE__EXECUTOR": "patient_executor.PatientExecutor",
        "CORE__PARALLELISM": str(PARALLELISM),
        "CORE__DEFAULT_TIMEZONE": "America/Los_Angeles",
        "CORE__FERNET_KEY": secret["fernet"],
        "CORE__EXECUTION_API_SERVER_URL": f"http://{HOST}:{ports[0]}/execution/",
        "CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{name}:{role}" for name, role in USERS.items()),
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "API__HOST": HOST,
        "API__PORT": str(ports[0]),
        "API__BASE_URL": f"http://{HOST}:{ports[0]}",
        "API__WORKERS": "1",
        "API__SECRET_KEY": secret["api"],
        "API__INSTANCE_NAME": "Trafficking reports",
        "API_AUTH__JWT_SECRET": secret["jwt"],
        "LOGGING__WORKER_LOG_SERVER_PORT": str(ports[1]),
        "LOGGING__TRIGGER_LOG_SERVER_PORT": str(ports[2]),
        "WORKERS__EXECUTION_API_TIMEOUT": "60",  # seconds: what a task reports waits for its turn (one_writer)
        "DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "USAGE_DATA_COLLECTION__ENABLED": "False",
    }
    own = {"AIRFLOW_HOME": str(home), "PATH": path, "STAS_HOME": str(settings.home), "STAS_APPROVERS": ",".join(settings.approvers)}
    return kept | own | {f"AIRFLOW__{key}": value for key, value in given.items()}


def _secrets(home: Path) -> dict[str, str]:
    """Keys of this Airflow, made once."""
    path = home / "secrets.json"
    if not path.exists():
        made = {"fernet": Fernet.generate_key().decode(), "jwt": secrets.token_hex(48), "api": secrets.token_hex(32)}
        _write_private(path, made)
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _passwords(settings: Settings) -> dict[str, str]:
    """Passwords by user, made once."""
    path = settings.path("airflow", "passwords.json")
    if not path.exists():
        _write_private(path, {name: secrets.token_urlsafe(12) for name in USERS})
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _write_private(path: Path, value: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_text(json.dumps(value), encoding="utf-8")


def _free_ports(number: int) -> list[int]:
    """Ports that are free now; held until all are found, so that they differ."""
    held = [socket.socket() for _ in range(number)]
    try:
        for one in held:
            one.bind((HOST, 0))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


def _make_pools(settings: Settings, service: Service) -> None:
    """A pool per center, one slot less than there are: whatever a center does, the others go on."""
    from pipelines.service.rest import Rest

    rest = Rest(service, "admin")
    for center in sorted({feed.center for feed in load_feeds(settings.schemas).values()}):
        answer = rest.call("POST", "/pools", {"name": center, "slots": PARALLELISM - 1, "description": f"Feeds of {center}"})
        if answer.status_code != httpx.codes.CONFLICT:  # it is there already
            answer.raise_for_status()


def _wait_until_healthy(group: int, url: str, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if not process.members((group,)):
            raise SystemFault(f"Airflow ended while it started. Why, is in the last lines of {log}.")
        try:
            health = httpx.get(f"{url}/api/v2/monitor/health", timeout=5, trust_env=False).json()
            if all(health[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "dag_processor", "triggerer")):
                return
        except (httpx.TransportError, ValueError, KeyError):
            pass  # not up yet
        time.sleep(0.5)
    raise SystemFault(f"Airflow was not healthy after {START_S} s. Its log is {log}.")


def members(settings: Settings, service: Service) -> list[psutil.Process]:
    """The service's living processes."""
    return process.members(service.groups, _mark(settings))


def _mark(settings: Settings) -> str:
    """What the environment of each of its processes has: some make a session of their own and lose their parent."""
    return f"AIRFLOW_HOME={settings.path('airflow')}"
