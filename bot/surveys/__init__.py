"""Surveys beside their room: who is reminded, where a talk goes on, templates, pictures and tables of a report."""
