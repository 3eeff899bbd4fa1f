"""Every widget on one page, and a whole window of invented values, as pictures to look at.

For those who change the look, and for golden pictures. It must never be imported by the application.
"""
