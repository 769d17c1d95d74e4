"""What keeps the house: people and homes, and what the bot is taught."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions.outcome import Outcome
from actions.people import belonging, claiming, code_handlers, linking, settling, vouching
from actions.people import commands as people
from actions.people import handlers as people_handlers
from actions.people import home_commands as homes
from actions.people import link_commands as links
from actions.teaching import commands as teaching
from actions.teaching import handlers as teaching_handlers

Handler = Callable[[AsyncSession, Any, datetime], Awaitable[Outcome]]

PEOPLE: dict[type, Handler] = {
    people.CreateOrgUnit: people_handlers.create_org_unit,
    people.CreateTeam: people_handlers.create_team,
    people.CreateStaff: people_handlers.create_staff,
    people.SetStaffActive: people_handlers.set_staff_active,
    people.SetPassword: people_handlers.set_password,
    people.RecordSignIn: people_handlers.record_sign_in,
    people.AskBelonging: belonging.ask_belonging,
    homes.ClaimHome: claiming.claim_home,
    homes.ShowHome: claiming.show_home,
    homes.LeaveHome: claiming.leave_home,
    homes.UseCode: code_handlers.use_code,
    homes.VoidCode: code_handlers.void_code,
    homes.MakeCodes: code_handlers.make_codes,
    homes.AskNeighbours: vouching.ask_neighbours,
    homes.AnswerVouch: vouching.answer_vouch,
    homes.ObjectToMember: vouching.object_to_member,
    homes.SettleClaim: settling.settle_claim,
    homes.RegisterDoors: settling.register_doors,
    homes.SaveContact: settling.save_contact,
    links.MakeStaffCode: linking.make_staff_code,
    links.LinkStaff: linking.link_staff,
    links.VoidStaffCode: linking.void_staff_code,
    links.SetStaffWants: linking.set_staff_wants,
    links.EndStaffLink: linking.end_staff_link,
}

TEACHING: dict[type, Handler] = {
    teaching.MoveExamples: teaching_handlers.move_examples,
    teaching.DeleteExamples: teaching_handlers.delete_examples,
    teaching.UndoChanges: teaching_handlers.undo_changes,
    teaching.AddLabel: teaching_handlers.add_label,
    teaching.ChangeLabel: teaching_handlers.change_label,
    teaching.RetireLabel: teaching_handlers.retire_label,
    teaching.ResetPhrase: teaching_handlers.reset_phrase,
    teaching.AddLocalName: teaching_handlers.add_local_name,
    teaching.RemoveLocalName: teaching_handlers.remove_local_name,
    teaching.UndoReview: teaching_handlers.undo_review,
    teaching.AskTraining: teaching_handlers.ask_training,
    teaching.CancelTraining: teaching_handlers.cancel_training,
    teaching.PublishModel: teaching_handlers.publish_model,
    teaching.ConfirmPublication: teaching_handlers.confirm_publication,
    teaching.RollBack: teaching_handlers.roll_back,
}

TEACHING_WITH_TOOLS: dict[type, Callable[..., Awaitable[Outcome]]] = {
    teaching.AddExamples: teaching_handlers.add_examples,
    teaching.EditExample: teaching_handlers.edit_example,
    teaching.ImportExamples: teaching_handlers.import_examples,
    teaching.SetPhrase: teaching_handlers.set_phrase,
    teaching.DecideReview: teaching_handlers.decide_review,
}
