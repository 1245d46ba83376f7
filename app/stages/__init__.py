"""The seven stages of a renovation, in their order; each imports only those before it.

1. application 申请: the household's facts and papers, the verdict clause by clause, review, public notice, confirmation
2. assessment 评估: the visit by two assessors, self-care, hazards room by room, suggested items
3. plan 方案: items and lines, prices and subsidy, versions, consent, agreement
4. construction 施工: dispatch, contract, photos, log, supervision, change orders, completion
5. acceptance 验收: findings line by line, measured quantities, rectification, the county's countersignature
6. settlement 结算: the computed sheet, invoice and receipts, payment
7. warranty 质保: terms, claims, visits, closing, the sealed file
"""
