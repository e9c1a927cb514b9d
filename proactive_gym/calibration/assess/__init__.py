"""How well the fitted people predict people they were not fitted on. It fits nothing that ships.

`panel` holds the evidence and says who predicts whom, `scores` the measures; the other modules
are one section of the report each, and return what `report.json` holds of it.
"""
