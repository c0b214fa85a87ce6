"""The servers that `serve` and `demo` start as their own children: the message broker and the object store."""
