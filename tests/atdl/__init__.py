"""FIXatdl: our document against the rules of the standard, and documents as other desks write them."""
