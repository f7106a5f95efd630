# SPDX-License-Identifier: Apache-2.0
"""Run a shipped tool from anywhere: ``flip_mm train flip_mcl_p1`` or ``python -m flip_mm train flip_mcl_p1``."""

from __future__ import annotations

import runpy
import sys

from .utils.shipped import shipped


def main() -> None:
    """Run the tool that the first argument names, with the others."""
    tools = {path.stem: path for path in sorted(shipped("tools").rglob("[!_]*.py"))}
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in tools:
        usage = "usage: flip_mm TOOL [ARGUMENTS]; every tool explains itself with --help"
        if name in ("-h", "--help"):
            print(f"{usage}\ntools: {', '.join(tools)}")
            return
        wrong = f"there is no tool '{name}'" if name else "which tool?"
        print(f"{usage}\nflip_mm: error: {wrong} (choose from {', '.join(tools)})", file=sys.stderr)
        sys.exit(2)
    sys.argv = [str(tools[name]), *sys.argv[2:]]
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
