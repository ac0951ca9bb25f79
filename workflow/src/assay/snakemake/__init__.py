"""Everything that hooks into Snakemake, in one room."""
