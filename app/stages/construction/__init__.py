"""施工: dispatch under a procurement record, contract, relocation, photos, log, supervision, change, completion."""
