"""Plan 方案: items, lines and prices, subsidy and own share, versions, the household's signature and the agreement."""
