"""Draws the street footage that the demo plays where nobody gives it any: no person and no real vehicle is in it."""
