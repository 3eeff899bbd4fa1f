"""Shops: orders, payments, refunds, parcels (R-I1)."""
