#!/usr/bin/env bash
# Install what is missing, into .venv and node_modules: `install.sh run` for running, `install.sh dev` for tests too.
# Safe to repeat: each part keeps a stamp with the hash of what it was made from, and does nothing when it matches.
set -euo pipefail
cd "$(dirname "$0")/.."

want=${1:-dev}
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin # runuser stands there, and a plain user may not look there
say() { printf 'install: %s\n' "$*" >&2; }
fail() { printf '\ninstall: %s\n' "$@" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# ---------------------------------------------------------------- Python 3.11 or later
is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
  local name
  for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
    if has "$name" && is_new_enough "$name"; then command -v "$name"; return; fi
  done
}

# ---------------------------------------------------------------- what only the system can bring
can_make_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }
has_chromium() { [ -n "${ANJU_CHROMIUM:-}" ] || has chromium || has chromium-browser || has google-chrome || has google-chrome-stable; }
has_postgresql() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || has initdb; }
has_library() { ldconfig -p 2>/dev/null | grep -qF "$1" || compgen -G "/usr/lib/*/$1*" >/dev/null || compgen -G "/usr/lib*/$1*" >/dev/null; }
has_chinese_font() { has fc-list && [ -n "$(fc-list :lang=zh-cn family 2>/dev/null)" ]; }

missing_packages() {
  local python
  python=$(find_python)
  [ -n "$python" ] || echo python3
  if [ ! -x .venv/bin/python ]; then
    if [ -z "$python" ]; then echo python3-venv; elif ! can_make_venv "$python"; then echo "$(venv_package "$python")"; fi
  fi
  # what turns print pages into PDF; the Chinese fonts come as a Python package
  has_library libpango-1.0.so.0 || echo libpango-1.0-0
  has_library libpangoft2-1.0.so.0 || echo libpangoft2-1.0-0
  has_library libharfbuzz-subset.so.0 || echo libharfbuzz-subset0
  [ "$want" = dev ] || return 0
  has_chromium || echo chromium
  has_postgresql || echo postgresql
  has pdftoppm || echo poppler-utils
  has git || echo git
  has_chinese_font || echo fontconfig fonts-wqy-microhei
  [ "$(id -u)" -ne 0 ] || has runuser || echo util-linux
}

venv_package() { # the system's python3 has python3-venv; another one (python3.13) has its own
  case "$(basename "$1")" in python3) echo python3-venv ;; *) echo "$(basename "$1")-venv" ;; esac
}

install_packages() {
  local packages=("$@") as_root=()
  local line="apt-get install -y -qq --no-install-recommends ${packages[*]}"
  has apt-get || fail "these are missing, please install them and try again: ${packages[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    if has sudo && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then as_root=(sudo); else
      fail "these are missing: ${packages[*]}" "run this as root, then try again:" "  apt-get update && $line"
    fi
  fi
  say "system packages: ${packages[*]}"
  "${as_root[@]}" apt-get update -qq || say "the package lists could not be renewed; trying with the old ones"
  if [[ " ${packages[*]} " == *" chromium "* ]] && ! apt-cache show chromium >/dev/null 2>&1; then
    fail "this system's packages have no Chromium (Ubuntu brings it as a snap, which tests cannot drive):" \
      "install Google Chrome, or set ANJU_CHROMIUM=/path/of/a/chromium, then try again"
  fi
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive $line >&2 </dev/null ||
    fail "apt-get could not install them; run this and look at its answer:" "  $line"
}

# ---------------------------------------------------------------- stamps
hash_of() { cat "$@" | sha256sum | cut -c1-32; }
is_current() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; } # stamp, hash

# ---------------------------------------------------------------- Python packages
make_venv() {
  if [ -x .venv/bin/python ] && is_new_enough .venv/bin/python; then return; fi
  local python
  python=$(find_python)
  [ -n "$python" ] || fail "no Python 3.11 or later was found; set PYTHON=… to one"
  say "new .venv with $("$python" --version)"
  rm -rf .venv
  "$python" -m venv .venv
}

install_python() { # name of the lock
  local lock=$1.lock hash
  hash=$(hash_of "$lock")-$(.venv/bin/python -c 'import sys; print(sys.version.split()[0])')
  is_current ".venv/.stamp-$1" "$hash" && return
  say "Python packages of $lock"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --only-binary :all: \
    --require-hashes -r "$lock"
  echo "$hash" >".venv/.stamp-$1"
}

# ---------------------------------------------------------------- front-end libraries
npm_command() { # npm 7 or later of the machine, else the one that comes as a wheel
  local version
  version=$(npm --version 2>/dev/null | cut -d. -f1) || true
  if [ "${version:-0}" -ge 7 ] 2>/dev/null; then echo npm; return; fi
  install_python requirements-node
  echo "$PWD/.venv/bin/npm"
}

install_node() {
  local stamp=node_modules/.stamp hash npm
  hash=$(hash_of package.json package-lock.json)
  is_current "$stamp" "$hash-dev" && return
  [ "$want" = run ] && is_current "$stamp" "$hash-run" && return
  npm=$(npm_command)
  say "front-end libraries of package-lock.json"
  local options=(--ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error)
  [ "$want" = dev ] || options+=(--omit=dev)
  PATH="$PWD/.venv/bin:$PATH" "$npm" ci "${options[@]}" >&2
  echo "$hash-$want" >"$stamp"
}

copy_front_end() {
  local hash
  hash=$(hash_of scripts/vendor.py package-lock.json)
  is_current app/static/vendor/.stamp "$hash" && return
  .venv/bin/python scripts/vendor.py
  echo "$hash" >app/static/vendor/.stamp
}

# ---------------------------------------------------------------- all of it
case "$want" in run | dev) ;; *) fail "usage: install.sh run|dev" ;; esac
mapfile -t packages < <(missing_packages | tr ' ' '\n')
[ "${#packages[@]}" -eq 0 ] || install_packages "${packages[@]}"
make_venv
if [ "$want" = dev ]; then install_python requirements-dev; else
  # the development lock holds everything of the run-time lock
  is_current .venv/.stamp-requirements-dev "$(hash_of requirements-dev.lock)-$(.venv/bin/python -c 'import sys; print(sys.version.split()[0])')" ||
    install_python requirements
fi
install_node
copy_front_end
