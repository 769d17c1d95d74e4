"""Activities: what residents can join, their places, the waiting list, and who came."""
