"""What the overseer takes away, and the program that checks it: no database, no network, no trust in the force."""
