"""Benchmarks: every figure is a ratio against a baseline that is measured in the same run."""
