"""Requests, jobs, errors and paradata: plain Python, no bpy, no network."""
