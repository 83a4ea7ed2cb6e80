"""Looking at everything the fleet needs, each thing well or not and with its remedy: `python -m worker doctor`."""
