"""The control interface: what a person does and sees, for the page, the demo and tests."""
