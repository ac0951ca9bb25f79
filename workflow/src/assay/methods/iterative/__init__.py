"""Iterative models: the workflow's own loop over the model's `step`."""
