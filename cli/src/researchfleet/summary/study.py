"""The study's numbers that a run is read beside: Anthropic's automated weak-to-strong researcher, April 2026."""

# Two human researchers, 7 days, the best of four known methods.
HUMAN_PGR = 0.23
# A directed fleet of 9 agents, 5 days, on chat; the same method on held-out maths and held-out code.
DIRECTED_PGR = 0.97
MATH_PGR = 0.94
CODE_PGR = 0.47
# Tokens and training compute of 800 agent-hours for 18,000 USD.
USD_PER_AGENT_HOUR = 22.0
