# SPDX-License-Identifier: Apache-2.0
"""Many trainings from one command: plan, run in parallel or under Slurm, resume, collect the results."""
