"""Renderer of the cartoon faces: factors, their 40 attributes, distance fields, and the drawing itself."""
