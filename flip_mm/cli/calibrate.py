# SPDX-License-Identifier: Apache-2.0
"""Fit thresholds and temperature of a model file for a camera, on data that the model has not seen.

flip_mm calibrate flip_mcl_O.safetensors own_camera/ --rule apcer=0.05 --out flip_mcl_O_camera.safetensors
flip_mm calibrate flip_mcl_O.safetensors scores_dev.csv --rule bpcer=0.01 --review 0.05 --in-place

own_camera/ contains real/ and spoof/, see docs/calibration.md.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from flip_mm.apis.arguments import check_other_file, nonempty, number, output_file

from .parser import Parser

if TYPE_CHECKING:
    from flip_mm.evaluation.iso30107 import Rate
    from flip_mm.inference.calibrate import Fit

# Of the first column of the table of rates.
WIDTH = 32


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("model", type=Path, help="model file of flip_mm export")
    parser.add_argument("data", type=nonempty, help="score file of this model, or a folder with real/ and spoof/")
    parser.add_argument(
        "--rule",
        required=True,
        help="apcer=X: at most the share X of the attacks of every type passes; bpcer=X: at most the share X of the genuine "
        "users is rejected; eer: both equally often",
    )
    parser.add_argument(
        "--review",
        type=number(0, 1),
        default=0.0,
        metavar="R",
        help="at most the share R of the genuine users is shown to a person, by a second threshold (0: none)",
    )
    parser.add_argument(
        "--level",
        choices=["video", "frame"],
        default="video",
        help="what is decided about in use: the mean over the frames of a video (default), or single pictures",
    )
    parser.add_argument("--faces", type=nonempty, help="with a folder: face detector, or 'given' for face crops (model file)")
    parser.add_argument("--plot", type=output_file, metavar="FILE", help="draw the reliability diagram, .png")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", type=output_file, help="model file to write")
    where.add_argument("--in-place", action="store_true", help="change the model file itself; its weights stay")
    parser.add_argument("--overwrite", action="store_true", help="replace the file to write")
    return parser.parse_args()


def main() -> None:
    """Calibrate."""
    args = parse_args()
    from dataclasses import replace

    from flip_mm.evaluation.thresholds import parse_rule
    from flip_mm.inference.calibrate import calibrate
    from flip_mm.inference.calibration_data import read_calibration_data
    from flip_mm.inference.model_file import check_hash, checked_path, read_card, write_card

    parse_rule(args.rule)
    path = checked_path(args.model)
    card = read_card(path)
    if card is None:
        raise ValueError(f"'{path}' has no description to store a calibration in: write the model file with `flip_mm export`.")
    if args.out is not None and path.suffix == ".xml":
        raise ValueError(f"'{path}' has its weights in another file: copy both files, and calibrate the copy with --in-place.")
    if args.out is not None:
        check_other_file(args.out, path, args.data)
        if args.out.suffix != path.suffix:
            raise ValueError(f"--out '{args.out}' must end in {path.suffix}, as the model file does.")
        if args.out.exists() and not args.overwrite:
            raise FileExistsError(f"{args.out} exists already: choose another name, or --overwrite.")
    if args.plot is not None:
        check_other_file(args.plot, path, args.data)
    check_hash(path, card)
    data = read_calibration_data(path, card, args.data, args.faces)
    for text in data.warnings:
        print(f"Warning: {text}")
    try:
        fit = calibrate(data.frames, args.rule, args.review, data.description, args.level)
    except ValueError as error:
        raise ValueError(f"'{args.data}': {error}") from error
    for text in fit.warnings:
        print(f"Warning: {text}")
    print("\n".join(_lines(fit, args.rule, args.review)))
    write_card(path, replace(card, decision=fit.decision, calibration=fit.calibration), args.out)
    print(f"Written: {args.out or path}")
    if args.plot is not None:
        from flip_mm.visualization.figure_file import save_figure
        from flip_mm.visualization.reliability_plot import reliability_figure

        before, after = (100 * fit.calibration.errors[name]["ece"] for name in ("before", "after"))
        series = {f"before: ECE {before:.2f} %": fit.before, f"after: ECE {after:.2f} %": fit.after}
        save_figure(reliability_figure(series), args.plot)
        print(f"Plot written: {args.plot}")


def _lines(fit: Fit, rule: str, review: float) -> Iterator[str]:
    """What is printed."""
    data, errors = fit.decision.data, fit.calibration.errors
    attacks = ", ".join(f"{name or 'attacks'} {count}" for name, count in data["attacks"].items())
    yield f"{data['real']} real videos; attack videos: {attacks}"
    before, after = errors["before"], errors["after"]
    yield f"temperature {fit.temperature.value:.4f}"
    for name, title, scale in (("ece", "ECE, %", 100), ("brier", "Brier score", 1), ("log_loss", "log loss", 1)):
        yield f"  {title:<12} {scale * before[name]:.4f} -> {scale * after[name]:.4f}"
    if len(before["domains"]) > 1:
        for name, error in before["domains"].items():
            yield f"  ECE of {name or 'unknown domain'}, %: {100 * error:.4f} -> {100 * after['domains'][name]:.4f}"
    decision, sets = fit.decision, f" by {rule}"
    for name, threshold, interval, is_fitted in (
        ("live from", decision.accept, "accept_interval", not rule.startswith("bpcer") or not review),
        ("spoof below", decision.reject, "reject_interval", rule.startswith("bpcer")),
    ):
        low, high = data[interval]
        if review or name == "live from":
            yield f"{name:<11} {threshold:.6g}{sets * is_fitted} (95 % by bootstrap: {low:.4g} .. {high:.4g})"
    yield f"between them a person decides: at most {100 * review:g} % of the genuine users" if review else "spoof below it"
    yield f"  {'':<{WIDTH}}  {'%':>6}  {'95 % Wilson':>15}  {'counted':<12}  %, other fifth"
    for name, rate, other in _rows(fit, review):
        low, high = (100 * bound for bound in rate.interval)
        counted = f"{rate.errors} of {rate.total}"
        line = f"{100 * rate.value:6.2f}  {f'{low:.2f} .. {high:.2f}':>15}  {counted:<12}  {100 * other.value:.2f}"
        yield f"  {name:<{WIDTH}}  {line}"
    yield "The counts are of the data that the thresholds were fitted on, so they are optimistic. For the last column,"
    yield "thresholds were fitted on four fifths of the people or videos, and the other fifth was counted, five times."


def _rows(fit: Fit, review: float) -> Iterator[tuple[str, Rate, Rate]]:
    """Name, rate of the same data, and rate of held-out data."""
    rates, other = fit.rates, fit.held_out
    yield "BPCER, genuine users rejected", rates.rejected, other.rejected
    for name, rate in rates.accepted_attacks.items():
        yield f"APCER, {name or 'attacks'} accepted", rate, other.accepted_attacks[name]
    if review:
        yield "genuine users to review", rates.reviewed, other.reviewed
        for name, rate in rates.reviewed_attacks.items():
            yield f"{name or 'attacks'} to review", rate, other.reviewed_attacks[name]
