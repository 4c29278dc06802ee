"""What the worker costs, against limits measured in the same run: `python -m benchmarks [--quick] [NAME...]`.

The sandbox runs in a process of its own (`world`), and so does everything that is measured (`measured`), so that CPU
seconds and peak memory are of the measured work alone. `limits` reads the same pages with the least that can read them.
Nothing here is imported by the product, and no figure here is asserted by the test suite: machines differ.
"""
