"""Finding and reading number plates."""
