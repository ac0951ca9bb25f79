"""The worker: the only process that imports model code. It declares, computes and reports."""
