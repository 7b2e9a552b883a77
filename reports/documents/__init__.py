"""The generated parts of README and RESULTS, and the page of each published store: what its values say now."""
