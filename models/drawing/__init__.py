"""UK number plates drawn from their published dimensions, for the demo, the tests and training."""
