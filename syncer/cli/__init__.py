"""The command line: parse, call, show; no logic. Imports all below; only the demo and sandbox commands import `sandbox`."""
