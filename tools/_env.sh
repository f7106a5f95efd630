# Sourced by quickstart.sh and run_tests.sh: an environment with flip_mm in it. Usage: . tools/_env.sh EXTRA
# An active environment is used as it is; otherwise .venv is created.
extra=$1
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ -z "${VIRTUAL_ENV:-}" ] && [ -z "${CONDA_PREFIX:-}" ]; then
    if [ ! -x .venv/bin/python ]; then
        echo "== creating .venv"
        "${PYTHON:-python3}" -m venv .venv
    fi
    . .venv/bin/activate
fi
stamp="$(python -c 'import sys; print(sys.prefix)')/.flip_mm_$extra"
if [ ! -f "$stamp" ] || [ setup.py -nt "$stamp" ]; then
    echo "== installing flip_mm[$extra] (some GB when torch is not there yet)"
    python -m pip install --quiet uv
    python -m uv pip install --quiet --editable ".[$extra]" || python -m pip install --quiet --editable ".[$extra]"
    touch "$stamp"
fi
