"""How the fleet stands, gathered for `doctor`, `metrics`, `health` and `orders trace`."""
