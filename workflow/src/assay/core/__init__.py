"""What everything else stands on: errors, criteria, files, seeds, paths, settings, words."""
