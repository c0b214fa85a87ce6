"""Lists of vehicles of interest: made, changed, imported, published."""
