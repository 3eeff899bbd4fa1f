"""Measurements that mean something only beside what they are compared with."""
