"""What the rules and the command line call.

One module a command, each a thin layer over what it runs.
"""
