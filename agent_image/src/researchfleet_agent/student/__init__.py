"""The strong student: any `transformers` model folder behind fit, predict and features by layer."""

from researchfleet_agent.student.backbone import Backbone
from researchfleet_agent.student.recipe import CrossEntropy, Fit, LogConfidence, Loss, Recipe
from researchfleet_agent.student.store import FeatureStore, StudentError
from researchfleet_agent.student.student import Student

__all__ = [
    "Backbone",
    "CrossEntropy",
    "FeatureStore",
    "Fit",
    "LogConfidence",
    "Loss",
    "Recipe",
    "Student",
    "StudentError",
]
