"""The engine's HTTP side: routes, what they accept, how they answer."""
