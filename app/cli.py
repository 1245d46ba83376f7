"""The flask commands of contract.md, each written beside what it commands."""

from importlib import import_module

from flask import Flask

from .modules import exists

PACKAGES = ("places", "identity", "programme", "audit", "jobs", "demo")


def register(app: Flask) -> None:
    """Add every package's `commands` to `flask`."""
    for package in PACKAGES:
        if not exists(f"{__package__}.{package}.cli"):
            continue
        for command in import_module(f".{package}.cli", __package__).commands:
            app.cli.add_command(command)
