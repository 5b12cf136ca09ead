"""Experiments: counted here, scored by the evaluator, which alone holds labels."""
