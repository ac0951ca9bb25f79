"""Training one model: starts the worker, watches it, writes the evidence and decides."""
