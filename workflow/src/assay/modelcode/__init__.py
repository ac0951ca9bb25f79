"""Reading and judging model code and features before they run, and keeping an eye on them then."""
