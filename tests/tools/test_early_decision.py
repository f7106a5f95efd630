# SPDX-License-Identifier: Apache-2.0
def test_early_decisions_keep_their_error_and_the_test_for_independent_frames_does_not(run_tool, capsys):
    run_tool("benchmarks/early_decision.py", "--videos", "400", "--frames", "60")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in capsys.readouterr().out.splitlines()[2:]]
    found = {(share, name): [float(value) for value in values] for share, name, *values in rows}
    for share in ("0", "0.5", "0.9", "1"):
        for error in (0.05, 0.01):
            differs, _, frames = found[share, f"early {error}"]
            assert differs <= error
            assert frames < 30
    # Stated: 0.01.
    assert found["0.5", "SPRT 0.01"][0] > 0.02
    assert found["0.9", "SPRT 0.01"][1] > 0.1
