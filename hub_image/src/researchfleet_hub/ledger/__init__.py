"""The ledger: what was bought, by whom, and whether more may be bought.

entries: what is written. leases: compute bought ahead, in pure arithmetic. storage: snapshots kept. limits: verdicts.
books: the accounts of one fleet in a transaction. registrations: evaluations, counted before they happen.
"""
