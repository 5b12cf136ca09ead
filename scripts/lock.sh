#!/usr/bin/env bash
# Resolves the requirement files anew. They carry hashes and no registry's address, so they install from any mirror.
set -euo pipefail
cd "$(dirname "$0")/.."
lock() { # lock OUT INPUT...
  local out=$1; shift
  .cache/tools/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
    --no-emit-package researchfleet-core --no-emit-package sentence-transformers ${LOCK_FLAGS:-} "$@" -o "requirements/$out.txt"
}
# MiniLM's package asks for sentence-transformers, which its weights do not need: transformers loads them.
lock tools requirements/tools.in
lock build requirements/build.in
lock agent agent_image/pyproject.toml --extra train
lock dev core/pyproject.toml evaluator_image/pyproject.toml hub_image/pyproject.toml cli/pyproject.toml \
  agent_image/pyproject.toml --extra train requirements/dev.in -c requirements/agent.txt
lock evaluator evaluator_image/pyproject.toml -c requirements/dev.txt
lock hub hub_image/pyproject.toml -c requirements/dev.txt
