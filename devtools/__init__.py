"""What dev.py runs: environments, the demonstration, the build. Never part of the extension zip."""
