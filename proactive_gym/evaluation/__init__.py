"""Playing policies on people, and what came of it: lives, scores, intervals, the ladder."""
