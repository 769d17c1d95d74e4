"""Surveys: what residents think, asked once a household or person, and prize quizzes that anybody can check."""
