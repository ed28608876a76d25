"""Speed as ratios of two things measured in the same run, against the targets: `python -m tests.bench`."""
