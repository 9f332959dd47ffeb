"""The rules, without an application or a database."""
