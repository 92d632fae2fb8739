"""The network's side of a Node: sockets, TLS, who is let in, and the turn that commits before it speaks."""
