"""What every test runs under: no network, nothing left behind, nothing logged unexpectedly, one fresh loop each.

It must work where Qt is absent, and it must never be imported by the product.
"""
