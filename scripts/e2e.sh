#!/usr/bin/env bash
# Builds the real servers that the e2e tests talk to (from Go modules, into .cache/e2e), then runs those tests.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/local/go/bin
command -v go >/dev/null || { echo "go is needed to build MinIO for the e2e tests: install Go 1.25 or newer"; exit 2; }

bin=$PWD/.cache/e2e/bin
mkdir -p "$bin"
module=tests/e2e/servers/minio
if [ ! -x "$bin/minio" ] || [ -n "$(find "$module" -newer "$bin/minio" -type f -print -quit)" ]; then
  echo "e2e: building MinIO (about 2 minutes when nothing is cached)"
  (cd "$module" && CGO_ENABLED=0 nice -n 5 go build -trimpath -ldflags "-s -w" -o "$bin/minio" github.com/minio/minio)
fi
PATH=$bin:$PATH exec .venv/bin/python -m pytest -m e2e "$@"
