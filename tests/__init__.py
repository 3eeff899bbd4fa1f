"""The proof that the product does what it says; mirrors the packages it proves."""
