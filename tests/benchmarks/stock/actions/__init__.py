"""The stock bot's custom actions, served by rasa-sdk."""
