"""Samples drawn with the truth written down, which no verb makes: what estimators are checked against."""
