#!/usr/bin/env bash
# Test with several processes: bash tools/dist_test.sh CONFIG CHECKPOINT GPUS [ARGUMENTS]
# ARGUMENTS are those of test.py; the environment is that of dist_train.sh.
set -euo pipefail
if [ $# -lt 3 ]; then
    echo "Usage: bash tools/dist_test.sh CONFIG CHECKPOINT GPUS [ARGUMENTS OF test.py]" >&2
    exit 2
fi
if ! command -v "${PYTHON:-python}" > /dev/null; then
    echo "There is no program '${PYTHON:-python}': activate the environment with flip_mm, or set PYTHON to its interpreter." >&2
    exit 2
fi
tools="$(cd "$(dirname "$0")" && pwd)"
export PYTHONPATH="$tools/..${PYTHONPATH:+:$PYTHONPATH}"
exec "${PYTHON:-python}" "$tools/_launch.py" "$3" "$tools/test.py" "$1" "$2" --launcher pytorch "${@:4}"
