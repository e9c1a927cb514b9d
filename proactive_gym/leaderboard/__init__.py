"""Records of results, their checks, and the leaderboard that is rendered from them alone."""
