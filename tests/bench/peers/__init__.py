"""The same work done by others, for the figures beside ours. They live in an environment of their own (`make bench`)."""
