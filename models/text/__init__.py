"""Finding lines of text in a picture and reading them: PP-OCR run by our own code."""
