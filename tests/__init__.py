"""The package's tests."""

import os

# Before anything loads NumPy: the problems here are small, and threads of a linear algebra library only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
