"""The modules that features.py puts together: visits, baskets, checks, scores."""
