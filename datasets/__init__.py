"""Data sets, one file each: arrays of images or points, decoded once into a cache."""
