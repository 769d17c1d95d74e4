"""One custom action: the ticket goes into SQLite, its number to the resident. Runs in Rasa's environment."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

DATABASE = "tickets.db"
TABLE = """
CREATE TABLE IF NOT EXISTS tickets (
    id INTEGER PRIMARY KEY, resident TEXT NOT NULL, building TEXT NOT NULL, intent TEXT NOT NULL,
    report TEXT NOT NULL, opened_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
)
"""
INSERT = "INSERT INTO tickets (resident, building, intent, report) VALUES (?, ?, ?, ?)"
REPORTS = frozenset({"service_request", "safety_tip", "dispute", "emergency"})


class OpenTicket(Action):
    """Opens a ticket for what was reported, at the place that the form asked for."""

    def __init__(self) -> None:
        with closing(sqlite3.connect(DATABASE)) as connection, connection:
            connection.execute(TABLE)

    def name(self) -> str:
        return "action_open_ticket"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Writes the ticket, answers with its number and forgets the place for the next report."""
        intent, report = find_report(tracker)
        building = tracker.get_slot("building")
        with closing(sqlite3.connect(DATABASE)) as connection, connection:
            row = connection.execute(INSERT, (tracker.sender_id, building, intent, report)).lastrowid
        number = f"{time.strftime('%Y%m%d')}-{row:04d}"
        dispatcher.utter_message(text=f"已登记，工单号 {number}，地点 {building}，处理后会告诉您。")
        return [SlotSet("building", None)]


def find_report(tracker: Tracker) -> tuple[str, str]:
    """Intent and words of the newest report; the newest message may only have named the place."""
    for event in reversed(tracker.events):
        if event["event"] == "user":
            intent = event["parse_data"]["intent"]["name"]
            if intent in REPORTS:
                return intent, event["text"]
    return "service_request", tracker.latest_message["text"]
