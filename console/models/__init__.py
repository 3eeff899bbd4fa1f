"""Thin Qt models over the state: they hold what was selected for them and announce what changed, nothing else."""
