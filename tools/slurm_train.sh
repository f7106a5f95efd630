#!/usr/bin/env bash
# Train under Slurm, one process per GPU: bash tools/slurm_train.sh PARTITION JOB_NAME CONFIG [ARGUMENTS]
# ARGUMENTS are those of train.py. GPUS counts all processes, GPUS_PER_NODE those of a machine; SRUN_ARGS are passed to srun.
# Without GPUs: GPUS=0 NTASKS=2 trains with 2 processes on the CPU, CPUS_PER_TASK cores each.
set -euo pipefail
if [ $# -lt 3 ]; then
    echo "Usage: bash tools/slurm_train.sh PARTITION JOB_NAME CONFIG [ARGUMENTS OF train.py]" >&2
    exit 2
fi
gpus=${GPUS:-8}
if [ "$gpus" = 0 ]; then
    tasks=${NTASKS:-1}
    per_node=${NTASKS_PER_NODE:-$tasks}
    cpus=${CPUS_PER_TASK:-1}
    names="NTASKS, NTASKS_PER_NODE and CPUS_PER_TASK" resources=()
    # On a machine with GPUs no process may take one that Slurm gave to another job.
    export CUDA_VISIBLE_DEVICES=
    threads=$cpus
else
    if [ -n "${NTASKS:-}" ] && [ "$NTASKS" != "$gpus" ]; then
        echo "NTASKS=$NTASKS counts processes without a GPU: set GPUS=0 as well, or leave NTASKS unset and set GPUS." >&2
        exit 2
    fi
    tasks=$gpus
    per_node=${GPUS_PER_NODE:-$([[ $gpus =~ ^[0-7]$ ]] && echo "$gpus" || echo 8)}
    cpus=${CPUS_PER_TASK:-5}
    names="GPUS, GPUS_PER_NODE and CPUS_PER_TASK" resources=(--gres="gpu:$per_node")
    threads=1
fi
for number in "$tasks" "$per_node" "$cpus"; do
    if ! [[ $number =~ ^[1-9][0-9]*$ ]]; then
        echo "$names must be whole numbers above 0, got '$number'; GPUS=0 trains without GPUs." >&2
        exit 2
    fi
done
for program in "${PYTHON:-python}" srun; do
    if ! command -v "$program" > /dev/null; then
        echo "There is no program '$program': start this on a Slurm machine; activate flip_mm's environment, or set PYTHON to its interpreter." >&2
        exit 2
    fi
done
tools="$(cd "$(dirname "$0")" && pwd)"
export PYTHONPATH="$tools/..${PYTHONPATH:+:$PYTHONPATH}"
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-$threads} MKL_NUM_THREADS=${MKL_NUM_THREADS:-$threads}
# shellcheck disable=SC2086  SRUN_ARGS is several words
exec srun --partition="$1" --job-name="$2" ${resources[@]+"${resources[@]}"} --ntasks="$tasks" --ntasks-per-node="$per_node" \
    --cpus-per-task="$cpus" --kill-on-bad-exit=1 ${SRUN_ARGS:-} \
    "${PYTHON:-python}" -u "$tools/train.py" "$3" --launcher slurm "${@:4}"
