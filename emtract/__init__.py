"""Investor emotions from social media: extraction, point-in-time panels, reproducible studies."""
