"""What the outside supplies: one folder per place that Python runs in."""
