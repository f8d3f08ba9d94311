"""What the system does: one subject per file, one verb per function.

An operation takes the actor first and objects next, raises `Refusal` when it is not a legal
move, and records its audit event as its last line. It never commits, never reads the request.
"""
