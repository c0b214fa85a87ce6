"""Searches of reads: asked for a purpose, decided by the rules, recorded before anything is shown, and audited."""
