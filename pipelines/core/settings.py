"""Receives the environment, once; hands on one frozen `Settings` that every stage is given; refuses a home that belongs to another key.

Nothing here runs at import. The project's own data (schemas/, expectations/) is found beside the package.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelines.core.errors import ConfigFault, UsageError

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Settings:
    """Where data rests, under which key, and how much memory (MiB) and how many threads one task may take."""

    home: Path
    key: bytes
    schemas: Path = ROOT / "schemas"
    expectations: Path = ROOT / "expectations"
    memory_mb: int = 300
    threads: int = 1
    landing_grace_hours: int = 72
    narrative_days: int = 30
    marking: str = "TLP:AMBER // LAW ENFORCEMENT SENSITIVE // DEMONSTRATION DEFAULT"
    approvers: tuple[str, ...] = ("approver",)

    def path(self, *parts: str) -> Path:
        """A place under the home; parents are made when something is written there."""
        return self.home.joinpath(*parts)

    def subkey(self, purpose: str) -> bytes:
        """A 32-byte key for one purpose (HKDF-Expand of RFC 5869 with one block)."""
        return hmac.digest(self.key, purpose.encode() + b"\x01", "sha256")


def load_settings(environ: Mapping[str, str] = os.environ, home: str | Path | None = None) -> Settings:
    """Build the settings from STAS_* variables. The key comes from STAS_KEY (64 hex digits) or the file STAS_KEY_FILE.

    The default key file lies in the user's configuration folder, outside the data, and is made on first use: whoever copies the data
    does not copy the key. Raises UsageError for an unreadable key and ConfigFault when the home was written under another one.
    """
    place = Path(home or environ.get("STAS_HOME") or "var").absolute()
    settings = Settings(
        home=place,
        key=_read_key(environ),
        memory_mb=int(environ.get("STAS_MEMORY_MB", "300")),
        threads=int(environ.get("STAS_THREADS", "1")),
        marking=environ.get("STAS_MARKING", Settings.marking),
        approvers=tuple(environ.get("STAS_APPROVERS", "approver").split(",")),
    )
    _check_key_of_home(settings)
    return settings


def _read_key(environ: Mapping[str, str]) -> bytes:
    text = environ.get("STAS_KEY", "")
    if not text:
        config = Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        path = Path(environ.get("STAS_KEY_FILE") or config / "stas" / "master.key")
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_hex(32))
            try:
                os.link(draft, path)  # fails if another process was first: its key is the key
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        text = path.read_text()
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != 32:
        raise UsageError("The master key must be 64 hexadecimal digits. Set STAS_KEY, or mend the file that STAS_KEY_FILE names.")
    return key


def _check_key_of_home(settings: Settings) -> None:
    """Pseudonyms under two keys in one home would count every record twice, so the home remembers its key's fingerprint."""
    mark = settings.path("key.id")
    fingerprint = hashlib.sha256(settings.subkey("fingerprint")).hexdigest()[:16]
    settings.home.mkdir(parents=True, exist_ok=True)
    if not mark.exists():
        draft = mark.with_name(f".key-{secrets.token_hex(4)}")
        draft.write_text(fingerprint)
        draft.replace(mark)
    elif mark.read_text().strip() != fingerprint:
        raise ConfigFault(f"{mark.name}: this home was written under another master key. Set STAS_KEY to that key, or choose another STAS_HOME.")
