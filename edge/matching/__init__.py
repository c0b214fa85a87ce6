"""Looks a read up in the car's own copy of the lists: exactly, and as what it may be a misread of."""
