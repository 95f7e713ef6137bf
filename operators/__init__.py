"""Operators: one feature a file; gather the inputs, call one function of ``museum_addon``, report."""
