"""Architecture families: what a generator, an encoder or a critic looks like, the same for every method."""
