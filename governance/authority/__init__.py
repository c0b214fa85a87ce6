"""Authorities: signed permission to list, search, match, fly, disclose or change retention, and the one question."""
