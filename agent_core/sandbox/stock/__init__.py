"""A small server of the Model Context Protocol that stands in for a brand's own: the stock of a warehouse.

The same desk behind two ways: ``python -m agent_core.sandbox.stock FOLDER`` speaks over standard input and output,
``create_stock_app(desk)`` over streamable HTTP. A folder holds how it is to misbehave and what it was asked, so that a test
can steer a program it did not start itself.
"""
