"""Watching a campaign from its files alone: nothing here writes, locks or starts anything."""
