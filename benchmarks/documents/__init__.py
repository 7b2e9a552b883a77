"""The generated catalogue: methods, data sets, metrics and presets from the registries."""
