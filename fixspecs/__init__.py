"""What we speak, as data: FIX dictionaries in the QuickFIX XML format."""
