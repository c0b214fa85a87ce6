"""The wire between a device and the centre: topics and messages. Both sides import it; it imports no room."""
