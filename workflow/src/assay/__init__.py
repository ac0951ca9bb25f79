"""assay trains declared models under a strict protocol and shows whether results are real."""

__version__ = "0.1.0"
