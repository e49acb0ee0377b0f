"""Objects below a prefix of a bucket, in S3 or what speaks its language. Receives the address https://endpoint/bucket, an access key and a CA;
hands on the objects, oldest first, leaving unfinished ones and whatever lies deeper alone. Refuses anything but https, and credentials that
are not the feed's own: the machine's are never looked for.

s3fs does the signing and the transfer; trying again is ours, so that all transports are as patient as each other.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC

from pipelines.core.catalog import S3, Feed
from pipelines.core.errors import FileUnsettled, SystemFault
from pipelines.intake.source import Source
from pipelines.intake.transports import BLOCK, Arrival, Known, attempts
from pipelines.intake.transports.attempts import Interrupted, attempt, resumed
from pipelines.intake.transports.listing import Listed, Opened, to_arrivals

MD5 = re.compile(r"[0-9a-f]{32}")


def arrivals(feed: Feed, source: Source, known: Known) -> Iterator[Arrival]:
    """The objects that are not known. Raises SystemFault for a refused key or a bucket that does not exist."""
    bucket = _Bucket(feed, source)
    listed = attempt(feed.name, bucket.listed)
    yield from to_arrivals(feed, listed, known, lambda file: _opened(bucket, file))


def _opened(bucket: "_Bucket", file: Listed) -> Opened:
    what = f"{bucket.feed.name}: {file.name}"
    digest = hashlib.md5(usedforsecurity=False)

    def read(offset: int) -> Iterator[bytes]:
        for block in bucket.blocks(file, offset):
            digest.update(block)
            yield block

    def checked() -> Iterator[bytes]:
        plain = attempt(what, lambda: bucket.is_plain(file))
        yield from resumed(what, file.size, read)
        if plain and digest.hexdigest() != file.version:
            raise FileUnsettled(f"{what} has not the MD5 that its ETag gives. It is left for the next run.")

    @contextmanager
    def open_object() -> Iterator[Iterator[bytes]]:
        yield checked()

    return open_object, lambda: file.version


class _Bucket:
    """The bucket of a feed. Its methods raise Interrupted where another try may help."""

    def __init__(self, feed: Feed, source: Source) -> None:
        import s3fs  # type: ignore[import-untyped]

        self.feed, self._name, variable = feed, source.url.path.strip("/"), feed.name.upper()
        if source.url.scheme != "https" or not self._name or "/" in self._name:
            raise SystemFault(f"{feed.name}: expected an address https://endpoint/bucket in STAS_SOURCE_{variable} or the connection {feed.name}.")
        if not (source.access and source.secret):
            raise SystemFault(f"{feed.name}: expected an access key in STAS_ACCESS_{variable} and STAS_SECRET_{variable}, or the connection.")
        self._files = s3fs.S3FileSystem(
            key=source.access,
            secret=source.secret,
            endpoint_url=f"https://{source.url.netloc}",
            client_kwargs={"verify": source.ca} if source.ca else {},
            config_kwargs={
                "connect_timeout": attempts.TIMEOUT_S,
                "read_timeout": attempts.TIMEOUT_S,
                "retries": {"max_attempts": 0},
                "s3": {"addressing_style": "path"},
            },
            use_listings_cache=False,
            skip_instance_cache=True,
        )
        self._files.retries = 1

    @property
    def _prefix(self) -> str:
        assert isinstance(self.feed.transport, S3)
        return self.feed.transport.prefix

    def listed(self) -> list[Listed]:
        """The objects directly below the prefix."""
        found: list[Listed] = []
        query: dict[str, str] = {"Bucket": self._name, "Prefix": self._prefix, "Delimiter": "/"}
        with self._breaking(missing=SystemFault(f"{self.feed.name}: there is no bucket {self._name!r}. Check the address with the sender.")):
            while True:
                page = self._files.call_s3("list_objects_v2", **query)
                for entry in page.get("Contents", ()):
                    if name := entry["Key"][len(self._prefix) :]:  # the prefix itself may be an object: a folder, to some programs
                        found.append(Listed(name, entry["LastModified"].astimezone(UTC), entry["Size"], entry["ETag"].strip('"')))
                if not page.get("IsTruncated"):
                    return found
                query["ContinuationToken"] = page["NextContinuationToken"]

    def is_plain(self, file: Listed) -> bool:
        """Whether the ETag is the content's MD5: neither for what was put in parts nor for what is sealed with a key of the sender's."""
        with self._breaking(missing=self._gone(file)):
            head = self._files.call_s3("head_object", Bucket=self._name, Key=self._prefix + file.name)
        if head["ETag"].strip('"') != file.version:
            raise self._gone(file)
        return bool(MD5.fullmatch(file.version)) and head.get("ServerSideEncryption", "AES256") == "AES256"

    def blocks(self, file: Listed, offset: int) -> Iterator[bytes]:
        """The object's bytes from an offset on, each block under the condition that the object is still the one that was listed."""
        path = f"{self._name}/{self._prefix}{file.name}"
        with self._breaking(missing=self._gone(file)), self._files.open(path, "rb", block_size=BLOCK, cache_type="readahead") as remote:
            if remote.details["ETag"].strip('"') != file.version:
                raise self._gone(file)
            remote.seek(offset)
            while block := remote.read(BLOCK):
                yield block

    def _gone(self, file: Listed) -> FileUnsettled:
        return FileUnsettled(f"{self.feed.name}: {file.name} changed or was taken away while it was read. It is left for the next run.")

    @contextmanager
    def _breaking(self, missing: Exception) -> Iterator[None]:
        import aiohttp
        from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]
        from s3fs.utils import FileExpired  # type: ignore[import-untyped]

        name = self.feed.name
        try:
            yield
        except (FileNotFoundError, FileExpired):
            raise missing from None
        except PermissionError:
            variable = name.upper()
            raise SystemFault(f"{name}: the server refused the access key. Renew STAS_ACCESS_{variable} and STAS_SECRET_{variable}.") from None
        except (OSError, BotoCoreError, aiohttp.ClientError) as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise SystemFault(f"{name}: the server's certificate is not signed by the configured CA. Nothing was sent.") from None
            raise Interrupted(type(error).__name__) from None
