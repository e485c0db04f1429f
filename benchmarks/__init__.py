"""Measurements that anybody can repeat: run them as modules, such as `python -m benchmarks.quotes`."""
