"""Documents for people, made from outcomes only: pure functions that return text."""
