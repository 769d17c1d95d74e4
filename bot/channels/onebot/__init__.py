"""OneBot v11: groups of QQ and of WeChat clients, heard whole through a bridge."""
