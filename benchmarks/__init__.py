"""The figures of SPEED: what a page costs, beside the floor it stands on, in one run."""
