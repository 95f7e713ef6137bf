"""The HTTP API: routes, authentication, problem responses."""
