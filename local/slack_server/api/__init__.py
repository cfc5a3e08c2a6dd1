"""The Web API: one table of methods, and a module of handlers for each family."""
