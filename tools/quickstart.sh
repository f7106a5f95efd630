#!/usr/bin/env bash
# Install flip_mm, and train and test FLIP-MCL on synthetic faces: bash tools/quickstart.sh [--smoke]
# --smoke uses a few images and iterations, to check that everything runs.
set -euo pipefail
. "$(dirname "$0")/_env.sh" lite
cores=$(nproc 2>/dev/null || echo 2)
# One core is free for the process that reads images. Threads must wait passively: active waiting was 22 times slower with six
# other jobs on 2 cores (docs/demo.md).
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-$((cores > 1 ? cores - 1 : 1))}" OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}"
config=configs/flip_mcl_demo.py data=data/demo work=work_dirs/flip_mcl_demo videos=60 cut=()
if [ "${1:-}" = --smoke ]; then
    data=data/demo_smoke work=work_dirs/flip_mcl_demo_smoke videos=8
    cut=(--cfg-options train_cfg.max_iters=4 train_cfg.val_interval=2)
fi
flags=(--work-dir "$work" --data-root "$data" ${cut[@]+"${cut[@]}"})

echo "== 1/3 drawing synthetic faces into $data (each step prints nothing for some 10 s: Python imports PyTorch)"
python tools/dataset_converters/make_synthetic.py --out "$data" --layout MCIO --videos "$videos"
echo "== 2/3 training on M, C, I"
rm -f "$work"/best_*.pth
SECONDS=0
python tools/train.py "$config" "${flags[@]}"
trained=$SECONDS
echo "== 3/3 testing on O, a camera that was not in the training"
python tools/test.py "$config" "$work"/best_target_HTER_iter_*.pth "${flags[@]}"
python tools/analysis_tools/shortcut_baselines.py "$config" --data-root "$data"
echo "== done; training took $trained s. All files are in $work: plots *_target.png, scores of every frame scores_target.csv"
if [ -n "$own_environment" ]; then
    echo "== for further commands in this shell, activate the environment: . $own_environment/bin/activate"
fi
