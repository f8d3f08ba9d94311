"""The demo: a believable tenant to look around in, the same every time but for its passwords."""
