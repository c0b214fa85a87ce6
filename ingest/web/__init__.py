"""The centre over HTTP: the pages that people use, and the JSON calls that the command line uses."""
