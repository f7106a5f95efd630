# Set up an environment with flip_mm, for quickstart.sh and run_tests.sh. Usage: . tools/_env.sh EXTRA
# Uses the active environment, or creates .venv.
extra=$1
cd "$(dirname "${BASH_SOURCE[0]}")/.."
own_environment=
if [ -z "${VIRTUAL_ENV:-}" ] && [ -z "${CONDA_PREFIX:-}" ]; then
    own_environment=.venv
    if [ ! -x .venv/bin/python ]; then
        echo "== creating the environment .venv"
        "${PYTHON:-python3}" -m venv .venv
    fi
    . .venv/bin/activate
fi
# Scripts started from here use the environment's Python, even if PYTHON was set to another one.
export PYTHON=python

install_package() {
    python -m pip install --quiet --disable-pip-version-check uv
    python -m uv pip install --editable ".[$extra]" || python -m pip install --editable ".[$extra]"
}

# with_dots COMMAND: prints a dot every 5 seconds, and the command's own output only if it fails.
with_dots() {
    local log dots code=0
    log=$(mktemp)
    (while sleep 5; do printf .; done) &
    dots=$!
    trap 'kill "$dots" 2>/dev/null' EXIT
    "$@" > "$log" 2>&1 || code=$?
    kill "$dots" 2>/dev/null
    wait "$dots" 2>/dev/null || true
    trap - EXIT
    echo
    if [ "$code" -ne 0 ]; then cat "$log" >&2; fi
    rm -f "$log"
    return "$code"
}

stamp="$(python -c 'import sys; print(sys.prefix)')/.flip_mm_$extra"
if [ ! -f "$stamp" ] || [ setup.py -nt "$stamp" ]; then
    echo "== installing flip_mm[$extra]: about 6 GB if torch is not installed yet, which takes minutes"
    with_dots install_package
    touch "$stamp"
fi
