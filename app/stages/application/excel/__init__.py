"""Many applications at once from a workbook: template, columns, cells, rows, the check, the writing.

In the order in which they are read: `columns` (what each column means), `cells` (what a cell says), `layout` (where the
table is), `places`, `known` (who is on file already), `rows` (one household), `importing` (the whole), `writing` (into
the database), `models`, `service` (upload, preview, apply), `views`, `cli`.
"""
