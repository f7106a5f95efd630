# SPDX-License-Identifier: Apache-2.0
"""What to use in place of options and commands that other projects have."""

from __future__ import annotations

ITERATIONS = "use --cfg-options train_cfg.max_iters=N (a training counts iterations)"
COMMON = {
    "--batch-size": "use --cfg-options train_dataloader.batch_size=N",
    "--epochs": ITERATIONS,
    "--iters": ITERATIONS,
    "--lr": "use --cfg-options optim_wrapper.optimizer.lr=X",
    "--max-epochs": ITERATIONS,
    "--max-iters": ITERATIONS,
    "--workers": "use --cfg-options train_dataloader.num_workers=N",
}
# Command -> option that it does not have -> what to use.
OPTIONS = {
    "train": COMMON
    | {
        "--rule": "use --cfg-options val_evaluator.rule=apcer=0.01 val_evaluator.threshold=dev, and --holdout 0.1",
        "--threshold": "use --cfg-options val_evaluator.threshold=dev with --holdout 0.1; a test reads "
        "test_evaluator.threshold=dev",
    },
    "test": {
        "--batch-size": "use --cfg-options test_dataloader.batch_size=N",
        "--rule": "use --cfg-options test_evaluator.rule=apcer=0.01 test_evaluator.threshold=dev",
        "--threshold": "use --cfg-options test_evaluator.threshold=dev",
        "--workers": "use --cfg-options test_dataloader.num_workers=N",
    },
    "run": COMMON
    | {
        "--seed": "use --seeds 0-4",
        "--source": "use --runs SOURCE-TARGET, such as C-I",
        "--target": "use --runs M,O",
    },
    "predict": {
        "--out": "use --save DIR, or --csv > FILE",
        "--recursive": "give a pattern in quotes, such as 'photos/**/*.jpg'",
        "--show-dir": "use --save DIR",
        "--tta": "use --average N",
    },
}
# Command that does not exist -> the command to use.
COMMANDS = {
    "detect": "predict",
    "eval": "test or evaluate",
    "infer": "predict",
    "prepare": "convert",
    "score": "evaluate",
    "validate": "test",
}
