"""Bayesian models: PyMC declares the posterior, NUTS draws from it."""
