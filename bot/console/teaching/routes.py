"""The addresses of the workbench, all under /console/teaching."""

from __future__ import annotations

from aiohttp import web

from bot.console.teaching import (
    changes,
    checking,
    doing,
    examples,
    exchange,
    label_forms,
    models,
    naming,
    phrasing,
    reviewing,
    trying,
)

ID = r"{id:\d{1,15}}"
NUMBER = r"{number:\d{1,9}}"

ROUTES = (
    web.get("/teaching", examples.show_labels),
    web.post("/teaching/undo", doing.undo),
    web.post("/teaching/labels/add", label_forms.add_label),
    web.post(f"/teaching/labels/{ID}", label_forms.change_label),
    web.post(f"/teaching/labels/{ID}/retire", label_forms.retire_label),
    web.get("/teaching/examples", examples.show_examples),
    web.post("/teaching/examples/check", checking.check_sentences),
    web.post("/teaching/examples/add", examples.add_examples),
    web.post("/teaching/examples/move", examples.move_examples),
    web.post("/teaching/examples/delete", examples.delete_examples),
    web.get(f"/teaching/examples/{ID}", examples.show_row),
    web.get(f"/teaching/examples/{ID}/edit", examples.show_edit),
    web.post(f"/teaching/examples/{ID}", examples.edit_example),
    web.get("/teaching/review", reviewing.show_review),
    web.post(f"/teaching/review/{ID}", reviewing.decide),
    web.post(f"/teaching/review/{ID}/undo", reviewing.undo_decision),
    web.get("/teaching/models", models.show_models),
    web.post("/teaching/models/train", models.ask_training),
    web.get(f"/teaching/models/{NUMBER}", models.show_version),
    web.get(f"/teaching/models/{NUMBER}/progress", models.show_progress),
    web.post(f"/teaching/models/{NUMBER}/cancel", models.cancel_training),
    web.post(f"/teaching/models/{NUMBER}/publish", models.publish),
    web.post(f"/teaching/publications/{ID}", models.confirm),
    web.post("/teaching/rollback", models.roll_back),
    web.get("/teaching/changes", changes.show_changes),
    web.get("/teaching/exchange", exchange.show_exchange),
    web.post("/teaching/exchange", exchange.preview_file),
    web.post("/teaching/exchange/import", exchange.import_file),
    web.get("/teaching/export/{kind:xlsx|csv|rasa}", exchange.download),
    web.get("/teaching/try", trying.show_trying),
    web.post("/teaching/try", trying.try_sentence),
    web.get("/teaching/phrases", phrasing.show_phrases),
    web.get("/teaching/phrases/one", phrasing.show_phrase),
    web.post("/teaching/phrases/one", phrasing.set_phrase),
    web.post("/teaching/phrases/preview", phrasing.preview_phrase),
    web.post("/teaching/phrases/reset", phrasing.reset_phrase),
    web.get("/teaching/names", naming.show_names),
    web.post("/teaching/names", naming.add_name),
    web.post(f"/teaching/names/{ID}/remove", naming.remove_name),
)
