"""How the reader in use takes one mark for another: measured on drawn passes, kept as data, and asked by matching."""
