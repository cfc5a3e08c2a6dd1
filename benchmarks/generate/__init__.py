"""How long the packaged base that writes takes to learn three tasks, and how well it does them."""
