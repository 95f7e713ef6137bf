"""Durable jobs: the store, the runner, the worker process and the content-addressed files."""
