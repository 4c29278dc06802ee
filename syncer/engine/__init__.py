"""When the stages run: one cycle, the daemon, recovery and the system's clock. Imports stages and below."""
