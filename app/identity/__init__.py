"""Who: accounts, sign-in, sessions, API tokens, the stamps that guard every endpoint, and the administration pages."""
