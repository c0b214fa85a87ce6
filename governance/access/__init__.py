"""Access to reads: purposes, tiers by age, directed surveillance, fair draws, and the six operations of the law."""
