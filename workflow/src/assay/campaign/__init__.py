"""A campaign before it is trained.

Which models there are, what stands in their way, what the rules look up.
"""
