"""Click commands and nothing else."""
