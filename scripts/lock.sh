#!/usr/bin/env bash
# Make the locks from requirements*.in and package.json. Universal: one lock for Python 3.11 and later, any machine.
# No index address is written: each site's own mirror settings apply when the locks are installed.
set -euo pipefail
cd "$(dirname "$0")/.."

lock() { # name, then more options
  local name=$1
  shift
  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
    --no-emit-index-url --no-emit-find-links --no-annotate "$@" "$name.in" -o "$name.lock"
}

lock requirements
lock requirements-dev -c requirements.lock
lock requirements-node
npm=npm
command -v npm >/dev/null 2>&1 || npm=.venv/bin/npm
"$npm" install --package-lock-only --ignore-scripts --loglevel=error
if grep -nE '"resolved"|--(extra-)?index-url|--find-links| @ ' requirements*.lock package-lock.json; then
  echo "lock: an address stands in a lock" >&2
  exit 1
fi
