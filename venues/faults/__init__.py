"""What goes wrong at a venue on purpose: which faults there are, when they happen, and what they do."""
