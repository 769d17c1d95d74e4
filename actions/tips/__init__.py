"""Tips 线索: what residents report in confidence. Sealed at rest, opened by named roles only, every opening kept."""
