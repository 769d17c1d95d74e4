"""WeCom apps 自建应用 and Official Accounts 公众号: private channels that call us back and are spoken to over HTTP."""
