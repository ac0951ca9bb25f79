"""Simulations: independent replicates of the model's `simulate`, each with a spawned seed."""
