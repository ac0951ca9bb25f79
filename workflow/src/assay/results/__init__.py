"""Sanity checks: what a results table must be before it is published, and its CSV."""
