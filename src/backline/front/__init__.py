"""The public door of the one box: the web app and every service's REST and WebSockets, one origin.

Owns no data.
"""
