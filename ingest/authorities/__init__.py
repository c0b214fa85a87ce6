"""Authorities at the centre: asked for, decided, kept, asked after, and sent to the devices."""
