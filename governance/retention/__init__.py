"""Retention as pure decisions: rules as data, two bounds, several classes, holds; the time is always an argument."""
