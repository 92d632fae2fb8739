"""Throughput, latency, CPU and memory beside QuickFIX in the same run: `python -m tests.bench`."""
