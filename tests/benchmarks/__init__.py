"""Benchmarks, run by hand: ``make bench``. No test depends on a time."""
