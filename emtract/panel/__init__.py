"""Sessions, windows and the firm-session panel."""
