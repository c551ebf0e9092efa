"""The steps of a plan. Each gives rows; None in between is a chance to pause."""
