"""The append-only, chained record of everything that happened: changes of status, reveals, exports, sign-ins, settings."""
