"""Convex and mixed-integer problems: CVXPY declares, a solver answers, a certificate proves."""
