#!/usr/bin/env bash
# Train with several processes, one per GPU, or on the CPU if there is no GPU: bash tools/dist_train.sh CONFIG GPUS [ARGUMENTS]
# ARGUMENTS are those of train.py; NNODES, NODE_RANK, MASTER_ADDR, PORT and PYTHON may be set, see docs/distributed.md.
set -euo pipefail
if [ $# -lt 2 ]; then
    echo "Usage: bash tools/dist_train.sh CONFIG GPUS [ARGUMENTS OF train.py]" >&2
    exit 2
fi
if ! command -v "${PYTHON:-python}" > /dev/null; then
    echo "There is no program '${PYTHON:-python}': activate the environment with flip_mm, or set PYTHON to its interpreter." >&2
    exit 2
fi
tools="$(cd "$(dirname "$0")" && pwd)"
export PYTHONPATH="$tools/..${PYTHONPATH:+:$PYTHONPATH}"
exec "${PYTHON:-python}" "$tools/_launch.py" "$2" "$tools/train.py" "$1" --launcher pytorch "${@:3}"
