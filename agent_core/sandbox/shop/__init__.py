"""A web shop with customers, orders, payments, parcels and subscriptions, reached over its JSON API only."""
