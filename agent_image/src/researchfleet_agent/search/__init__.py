"""The researcher `search`: an optimiser over pipelines of weak-to-strong methods. No language model, no network.

It picks a pipeline, registers it, trains every seed for real, submits, shares what it learnt, reads what others shared,
and goes on. docs/researchers.md says how it picks.
"""
