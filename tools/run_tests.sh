#!/usr/bin/env bash
# Set up an environment and run the test suite: bash tools/run_tests.sh [PYTEST ARGUMENTS]
set -euo pipefail
. "$(dirname "$0")/_env.sh" dev
export OMP_NUM_THREADS=1
python -m pytest -n 2 "$@"
