"""Every message that crosses a process border, one module a conversation.

experiments: agent -> hub -> evaluator. evaluation: hub <-> evaluator. findings, snapshots: agent <-> hub.
sync: runtime <-> hub, the one poll. principals: who may call what.
"""
