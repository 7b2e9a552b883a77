"""Layer 0: one file a method, one file an architecture family. Knows neither data sets nor benchmarks."""
