"""How each simulated center writes: one module per family of formats. None of them reads schemas/: they are the senders' side."""
