"""Build the features of the demonstration's models (rule build_features)."""

import os
from pathlib import Path

from assay.snakemake.job import snakemake
from assay_demonstration.features import write_features

if __name__ == "__main__":
    write_features(
        Path(snakemake.config["workspace"]),
        models=snakemake.params.models,
        last_year=snakemake.params.last_year,
    )
    # The consultation's name holds the newest time of a model's inputs and is known before the
    # features exist; so they take the time of what they are built from.
    for path in snakemake.output:
        os.utime(path, ns=(snakemake.params.modified, snakemake.params.modified))
