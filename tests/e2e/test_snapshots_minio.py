"""The S3 store against a real MinIO."""

import hashlib
import os

import pytest
from minio import Minio
from researchfleet_hub.snapshots.s3 import BucketStore
from researchfleet_hub.snapshots.store import MissingSnapshotError

from tests.e2e.conftest import MinioServer

pytestmark = pytest.mark.e2e

BUCKET, PREFIX = "fleet-snapshots", "of/this/fleet"


@pytest.fixture
def client(minio_server: MinioServer) -> Minio:
    """A client of the test's own, with the bucket made."""
    client = Minio(minio_server.endpoint, minio_server.access_key, minio_server.secret_key, secure=False)
    if not client.bucket_exists(BUCKET):
        client.make_bucket(BUCKET)
    return client


@pytest.fixture
def store(client: Minio, minio_server: MinioServer, monkeypatch: pytest.MonkeyPatch) -> BucketStore:
    """The store as the hub opens it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", minio_server.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", minio_server.secret_key)
    return BucketStore(f"s3+http://{minio_server.endpoint}/{BUCKET}/{PREFIX}")


def random_tar() -> tuple[str, bytes]:
    """Bytes and their digest."""
    tar = os.urandom(2 << 20)
    return f"sha256:{hashlib.sha256(tar).hexdigest()}", tar


def test_what_is_put_is_got_and_lies_below_the_prefix(store: BucketStore, client: Minio) -> None:
    digest, tar = random_tar()
    store.put(digest, tar)
    store.put(digest, tar)
    assert store.get(digest) == tar
    names = [one.object_name for one in client.list_objects(BUCKET, prefix=PREFIX, recursive=True)]
    assert f"{PREFIX}/{digest.removeprefix('sha256:')}.tar" in names


def test_what_was_never_put_is_missing(store: BucketStore) -> None:
    with pytest.raises(MissingSnapshotError, match="cannot be read from bucket"):
        store.get(f"sha256:{'0' * 64}")


def test_an_object_that_was_changed_is_never_handed_out(store: BucketStore) -> None:
    digest, _ = random_tar()
    store.put(digest, b"something else")
    with pytest.raises(MissingSnapshotError, match="was changed"):
        store.get(digest)


def test_a_store_that_is_away_is_missing_not_a_crash(monkeypatch: pytest.MonkeyPatch, store: BucketStore) -> None:
    away = BucketStore(f"s3+http://127.0.0.1:1/{BUCKET}")
    with pytest.raises(MissingSnapshotError, match="cannot be read"):
        away.get(f"sha256:{'0' * 64}")
