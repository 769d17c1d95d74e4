"""The residents' own chat page: pages, pictures and a WebSocket (docs/websocket.md)."""

from bot.channels.webchat.deps import WebChat
from bot.channels.webchat.routes import setup_webchat

__all__ = ["WebChat", "setup_webchat"]
