"""Stage 1, application 申请: who applies, with which facts and papers, and whether the programme admits the household.

Intake (models, rules, service …) comes first; review, public notice and confirmation stand in the `notice_` files.
"""
