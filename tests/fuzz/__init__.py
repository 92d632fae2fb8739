"""Inputs nobody would think of: framer, reader, validator and session under coverage-guided fuzzing."""
