"""The agent on a car, drone, dock or pole: see, track, read, match, tell."""
