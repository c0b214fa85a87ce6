"""Takes what the devices send: validates, counts once, commits, acknowledges, says what is held."""
