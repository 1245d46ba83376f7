"""The policy as data: reads `catalog/`, says who is eligible and why, and does the arithmetic of the subsidy.

Pure parts (no web, no database): `schema`, `loading`, `facts`, `ages`, `expressions`, `policy`, `eligibility`,
`subsidy`, `plan_rules`. The database knows versions of it: `models`, `queries`, `service`; `cli` has the commands.
"""
