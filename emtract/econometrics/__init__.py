"""One spec in, one result out: what to regress, on which rows, with which errors; and panels whose truth is known."""
