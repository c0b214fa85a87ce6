"""The front door: command line, settings, embedded servers, demo. Imports every room; no room imports it."""
