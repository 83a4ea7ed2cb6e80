"""What the product keeps in Odoo: `run_setup` installs it, `check_setup` says what is missing."""
