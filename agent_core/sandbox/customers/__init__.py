"""A crowd of customers who write to the channel the way people do, from a plan that a seed fixes."""
