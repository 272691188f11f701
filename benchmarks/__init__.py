"""Benchmarks of the embedded engine: `python -m benchmarks` (`make bench`). Figures are kept in docs/performance.md."""
