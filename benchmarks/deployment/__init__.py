"""Starts what deploy/ ships, kills and restarts it under load, and counts what was lost."""
