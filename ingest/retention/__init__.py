"""Retention at the centre: what is held and where, what must go, its disposal on time, and the receipts of that."""
