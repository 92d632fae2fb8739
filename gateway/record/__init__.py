"""What happened, kept: the append-only journal, the audit database projected from it, and the questions put to both.

The journal is the truth and is written before anything leaves. `audit.db` is a view of it made by another process; it
can be deleted at any time. Nothing in here decides anything about an order.
"""
