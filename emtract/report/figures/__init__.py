"""Figures: a pure function a kind, from a frame to a Plotly figure that tells the page its buttons."""
