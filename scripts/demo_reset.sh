#!/usr/bin/env bash
# Throw the embedded database and its files away. The keys stay: they are worth keeping and cost nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${ANJU_ENV:-development}" = production ] || [ -n "${ANJU_DATABASE_URL:-}" ]; then
  echo "demo-reset: only for the embedded database under instance/" >&2
  exit 1
fi
if [ "${YES:-}" != 1 ]; then
  read -r -p "This deletes instance/anju.db, the queue and all photos under instance/. Type yes: " answer
  [ "$answer" = yes ] || exit 1
fi
rm -rf instance/anju.db* instance/anju-queue.db* instance/files
echo "Done. make run makes a new demo county."
