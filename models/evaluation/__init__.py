"""Measuring a plate reader on labelled pictures: the labels, the comparison, and the figures with their intervals."""
