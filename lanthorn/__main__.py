"""`python -m lanthorn`: the same as the `lanthorn` command."""

from lanthorn.main import main

main()
