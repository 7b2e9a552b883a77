"""One file a metric: a pure function of a snapshot to named floats."""
