"""Which venues a release goes to: rules W of `fixspecs/routing.md`."""
