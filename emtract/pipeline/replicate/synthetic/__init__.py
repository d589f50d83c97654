"""A generated archive in the place of inputs that cannot be shared: their names, fields, days and symbols, nothing else."""

from emtract.pipeline.replicate.synthetic.archive import Generated, generate

__all__ = ["Generated", "generate"]
