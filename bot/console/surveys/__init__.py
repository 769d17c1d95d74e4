"""Pages of surveys: the list, the builder, how it runs, the report; and polls."""
