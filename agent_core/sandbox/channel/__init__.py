"""A chat and e-mail channel: delivers customers' messages as signed webhooks and takes replies exactly once."""
