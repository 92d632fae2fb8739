"""Books that match orders by rule, in integers. They know orders, not their owners, and no FIX."""
