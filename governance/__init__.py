"""The law as code: roles, the append-only log, commitments. Imports no other room."""
