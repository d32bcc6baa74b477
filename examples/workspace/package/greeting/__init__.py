"""A package small enough to be read at a glance, and real enough to be installed."""


def greet(name="world"):
    return f"hello, {name}"
