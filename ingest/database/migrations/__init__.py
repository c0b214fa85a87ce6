"""The steps that bring a database's schema up to date, in order. A step, once released, is never changed."""
