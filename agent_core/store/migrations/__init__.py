"""Every change of the tables, in order. A revision that was ever released is never edited."""
