"""Snapshots in an S3 bucket."""

import io
import os
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error

from researchfleet_hub.snapshots.store import MissingSnapshotError, verified


class BucketStore:
    """`s3://ENDPOINT/BUCKET/PREFIX` over TLS, `s3+http://...` without; keys: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        bucket, _, prefix = parts.path.strip("/").partition("/")
        if not parts.netloc or not bucket:
            raise ValueError(f"--snapshots {url}: not complete; write s3://ENDPOINT/BUCKET/PREFIX")
        missing = [name for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY") if not os.environ.get(name)]
        if missing:
            raise ValueError(f"--snapshots {url}: {' and '.join(missing)} must be set in the environment")
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._client = Minio(
            parts.netloc,
            access_key=os.environ["AWS_ACCESS_KEY_ID"],
            secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
            region=os.environ.get("AWS_REGION"),
            secure=parts.scheme == "s3",
        )

    def put(self, digest: str, tar: bytes) -> None:
        """Keep `tar`; S3 shows an object only when all of it is there."""
        self._client.put_object(self._bucket, self._name(digest), io.BytesIO(tar), len(tar), "application/x-tar")

    def get(self, digest: str) -> bytes:
        """The tar of `digest`."""
        try:
            answer = self._client.get_object(self._bucket, self._name(digest))
        except (S3Error, MinioException, urllib3.exceptions.HTTPError) as error:
            raise MissingSnapshotError(f"{digest} cannot be read from bucket {self._bucket} ({error})") from error
        try:
            return verified(digest, answer.read(), self._name(digest))
        finally:
            answer.close()
            answer.release_conn()

    def _name(self, digest: str) -> str:
        return f"{self._prefix}{digest.removeprefix('sha256:')}.tar"
