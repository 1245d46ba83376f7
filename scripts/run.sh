#!/usr/bin/env bash
# Serve on 127.0.0.1:$PORT: keys, newest schema, shipped programmes, demo county, then web server and job worker.
# Both end together: at Ctrl-C, and when either of them ends by itself.
set -euo pipefail
cd "$(dirname "$0")/.."

export ANJU_ENV=${ANJU_ENV:-development}
[ "$ANJU_ENV" = production ] || export ANJU_DEMO=${ANJU_DEMO:-1}
port=${PORT:-8000}
flask() { .venv/bin/flask --app wsgi "$@"; }
answers() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }

if answers; then
  echo "run: something else answers on port $port already; choose another: make run PORT=8001" >&2
  exit 1
fi

# ---------------------------------------------------------------- keys: made once, kept for ever
mkdir -p instance
if [ "$ANJU_ENV" != production ] && [ ! -f instance/keys.env ]; then
  (
    umask 077
    key() { head -c 32 /dev/urandom | base64 -w0; }
    printf 'ANJU_SECRET_KEY=%s\nANJU_FIELD_KEY=%s\n' "$(key)" "$(key)" >instance/keys.env.new
    mv instance/keys.env.new instance/keys.env
  )
  echo "run: new keys in instance/keys.env; without them the encrypted columns cannot be read, so keep a copy" >&2
fi
if [ -f instance/keys.env ]; then
  while read -r line; do # what the environment says wins
    name=${line%%=*}
    [ -z "$name" ] || [ -n "${!name:-}" ] || export "$name=${line#*=}"
  done <instance/keys.env
fi

# ---------------------------------------------------------------- database, programmes, demo county
[ -f instance/anju.db ] || [ -n "${ANJU_DATABASE_URL:-}" ] || [ "${ANJU_DEMO:-}" != 1 ] ||
  echo "首次启动要建立演示县，约需几分钟；以后几秒即可。" >&2
flask db upgrade
for programme in catalog/*/; do
  [ -f "$programme/programme.toml" ] || continue
  flask programme load "$programme" --publish
done
[ "${ANJU_DEMO:-}" != 1 ] || flask demo prepare

# ---------------------------------------------------------------- serve
children=()
stop() {
  trap '' INT TERM
  kill -TERM "${children[@]}" 2>/dev/null || true
  wait "${children[@]}" 2>/dev/null || true
}
trap 'stop; exit 0' INT TERM
trap stop EXIT

.venv/bin/gunicorn wsgi:app --bind "127.0.0.1:$port" --worker-class gthread --workers 2 --threads 4 \
  --timeout 120 --graceful-timeout 10 --no-control-socket --log-level warning &
children+=($!)
.venv/bin/flask --app wsgi jobs work &
children+=($!)

for _ in {1..300}; do # say it when it is true
  ! answers || break
  kill -0 "${children[@]}" 2>/dev/null || exit 1
  sleep 0.1
done
echo
echo "安居已启动：http://127.0.0.1:$port （Ctrl-C 停止）"
[ "${ANJU_DEMO:-}" != 1 ] || flask demo accounts
wait -n
exit 1
