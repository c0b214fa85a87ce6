"""What touches a device: cameras, position, clock. Imports no other room."""
