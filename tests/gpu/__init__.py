"""What needs a GPU; whatever of it can runs on a CPU too."""
