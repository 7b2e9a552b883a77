"""A static site over several stores: leaderboard, a page per method and per preset, gallery. Nothing is loaded from elsewhere."""
