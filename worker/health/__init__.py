"""Health of sources and files: events, their record in the store, and the webhook.

The rules are pure, in `events`. `feeds.admin` shows events in the health feed and page.
"""
