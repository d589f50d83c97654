"""Forecasts out of sample: made from the past alone, judged by their errors and by what they would have earned."""
