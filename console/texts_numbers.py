"""How numbers are written, by one example that is translated. It must never import anything: plurals stand on it."""

A_NUMBER = "1,234.5"
"""What parts thousands and what parts the fraction is read from it."""
