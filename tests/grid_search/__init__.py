"""A fifth method, as small as one can be: the best of the points that a model lists.

It shows what a method is, and tests take it through all that assay does with one.
"""

NAME = "grid"
