"""Benchmarks of speed, memory and processor time: `make bench`. Not tests; pytest does not collect them."""
