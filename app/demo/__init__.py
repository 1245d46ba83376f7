"""The demo county: regions, firms, accounts and households, all built through the services; never in production."""
