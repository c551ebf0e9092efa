#!/bin/sh
# Graphvine's one tool: ./build.sh VERB. Needs Python 3.11+ and git; fetches everything else, into .venv and build/.
set -eu
cd "$(dirname "$0")"

usage() {
  cat <<'TEXT'
./build.sh serve [--port N]   build, then serve the site and a relay on this machine (N = 0: any free port)
./build.sh test [ARGS]        everything that CI checks: style, unit, simulation, native and browser tests
./build.sh check              lint, format, types, layers
./build.sh sim [N]            the simulated networks, with N seeds
./build.sh crash [N]          Chromium, killed N times in the middle of a commit, a packing, an import, an upgrade
./build.sh site | wheel       build/site (any static server can host it, under any path) | dist/*.whl
./build.sh browser [ARGS]     the tests that need Chromium, alone
./build.sh bench [ARGS]       the benchmarks, in Chromium
TEXT
}

say() { printf '%s\n' "$*" >&2; }

# venv EXTRAS: a virtual environment with this package and EXTRAS, renewed when pyproject.toml changed.
venv() {
  if [ ! -x .venv/bin/python ]; then
    for name in "${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11 python3; do
      if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$name; break; fi
    done
    [ -n "${python:-}" ] || { say "Python 3.11 or newer is needed; set PYTHON to its path."; exit 1; }
    say "Making .venv ..."
    "$python" -m venv .venv || { say "Python's venv module is needed (Debian: apt install python3-venv)."; exit 1; }
  fi
  want="$1 $(cksum < pyproject.toml)"
  have=$(cat .venv/installed 2>/dev/null || true)
  case $have in "dev "*) [ "$1" = dev ] || want="dev ${want#* }" ;; esac # what is there already is enough
  if [ "$have" != "$want" ]; then
    say "Installing packages ..."
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -e ".[${want%% *}]" ||
      { say "The packages could not be installed. Is there a network? Run the same again when there is."; exit 1; }
    printf '%s' "$want" > .venv/installed
  fi
}

# Chromium for the tests: $CHROMIUM, the system's, or the system's package manager.
find_chromium() {
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    found=$(command -v "${name:-/nothing}" || true)
    [ -z "$found" ] || { CHROMIUM=$found; export CHROMIUM; return 0; }
  done
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "Installing Chromium ..."
    if apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; then
      found=$(command -v chromium || true)
      [ -z "$found" ] || { CHROMIUM=$found; export CHROMIUM; return 0; }
    fi
  fi
  say "No Chromium: set CHROMIUM to its path. Tests that need it will be skipped."
}

# As many processes as cores, each taking one test after the other. `./build.sh test -n 0`: only one, to debug in.
shared="-n auto --maxschedchunk 1"

site() { .venv/bin/python site/build/make_site.py "$@" >&2; }

verb=${1:-help}
[ $# = 0 ] || shift
case $verb in
  serve) venv serve; site; exec .venv/bin/python -m graphvine.platform.native.static_site "$@" ;;
  site) venv serve; site ;;
  wheel) venv serve; site --wheel-only ;;
  check) venv dev; exec .venv/bin/python -m pytest -q tests/test_style.py tests/test_architecture.py tests/test_repository.py ;;
  sim) venv dev; exec .venv/bin/python -m pytest -q tests/sim --seeds "${1:-20}" ;;
  crash) venv dev; find_chromium; site; exec .venv/bin/python -m pytest -s tests/browser/test_survives_kill.py --kills "${1:-13}" ;;
  browser) venv dev; find_chromium; site; exec .venv/bin/python -m pytest $shared tests/browser tests/pyodide "$@" ;;
  bench) venv dev; find_chromium; site; exec .venv/bin/python -m tests.bench "$@" ;;
  test) venv dev; find_chromium; site; exec .venv/bin/python -m pytest $shared "$@" ;;
  *) usage; [ "$verb" = help ] ;;
esac
