"""Links against planted threads: simulated terminals whose connectors and tethers are known."""
