"""The lead's board, rota and absence."""
