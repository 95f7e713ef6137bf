"""Avatars: bodies whose shape, pose and face follow from numbers (numpy and two compiled loops)."""
