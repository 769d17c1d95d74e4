"""Ways in and out. A channel turns a platform's payloads into messages and messages into payloads."""
