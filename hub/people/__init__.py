"""Accounts, roles, sign-in, competences and practice access."""
