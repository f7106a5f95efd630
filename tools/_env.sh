# Sourced by quickstart.sh and run_tests.sh: an environment with flip_mm in it. Usage: . tools/_env.sh EXTRA
# An active environment is used as it is; otherwise .venv is created.
extra=$1
cd "$(dirname "${BASH_SOURCE[0]}")/.."
own_environment=
if [ -z "${VIRTUAL_ENV:-}" ] && [ -z "${CONDA_PREFIX:-}" ]; then
    own_environment=.venv
    if [ ! -x .venv/bin/python ]; then
        echo "== creating .venv"
        "${PYTHON:-python3}" -m venv .venv
    fi
    . .venv/bin/activate
fi
# The scripts beside this one start the environment's Python, whatever PYTHON was meant for.
export PYTHON=python
stamp="$(python -c 'import sys; print(sys.prefix)')/.flip_mm_$extra"
if [ ! -f "$stamp" ] || [ setup.py -nt "$stamp" ]; then
    echo "== installing flip_mm[$extra]; without torch yet about 6 GB, which takes minutes"
    python -m pip install --quiet --disable-pip-version-check uv
    python -m uv pip install --editable ".[$extra]" || python -m pip install --editable ".[$extra]"
    touch "$stamp"
fi
