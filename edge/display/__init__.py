"""The car's own display: alerts on a screen in the car, from the car itself, with no network at all."""
