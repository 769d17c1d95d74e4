"""Which handler does which command: one explicit table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions.activities import commands as activities
from actions.activities import handlers as activity_handlers
from actions.emergencies import commands as emergencies
from actions.emergencies import handlers as emergency_handlers
from actions.handoffs import commands as handoffs
from actions.handoffs import handlers as handoff_handlers
from actions.knowledge import commands as knowledge
from actions.knowledge import handlers as knowledge_handlers
from actions.ledger import commands as ledger
from actions.ledger import handlers as ledger_handlers
from actions.ledger.rules import LedgerRules
from actions.mediation import commands as mediation
from actions.mediation import handlers as mediation_handlers
from actions.notices import commands as notices
from actions.notices import handlers as notice_handlers
from actions.notices.access import NoticeTools
from actions.outcome import Outcome
from actions.people import claiming, code_handlers, settling, vouching
from actions.people import commands as people
from actions.people import handlers as people_handlers
from actions.people import home_commands as homes
from actions.routing import commands as routing
from actions.routing import handlers as routing_handlers
from actions.routing.rules import Rules
from actions.teaching import commands as teaching
from actions.teaching import handlers as teaching_handlers
from actions.teaching.tools import Tools
from actions.tickets import commands as tickets
from actions.tickets import handlers as ticket_handlers
from actions.tips import commands as tips
from actions.tips import handlers as tip_handlers
from actions.tips.sealing import Seals

Handler = Callable[[AsyncSession, Any, datetime], Awaitable[Outcome]]

_TICKETS: Mapping[type, Callable[..., Awaitable[Outcome]]] = {
    tickets.OpenTicket: ticket_handlers.open_ticket,
    tickets.AddToTicket: ticket_handlers.add_to_ticket,
    tickets.CorrectTicket: ticket_handlers.correct_ticket,
    tickets.FollowTicket: ticket_handlers.follow_ticket,
    tickets.PartReport: ticket_handlers.part_report,
    tickets.DecideLikeness: ticket_handlers.decide_likeness,
    tickets.FollowReported: ticket_handlers.follow_reported,
    tickets.WithdrawOpen: ticket_handlers.withdraw_open,
    tickets.UrgeTicket: ticket_handlers.urge_ticket,
    tickets.ShowTicket: ticket_handlers.show_ticket,
    tickets.ListMyTickets: ticket_handlers.list_my_tickets,
    tickets.RateTicket: ticket_handlers.rate_ticket,
    tickets.GiveFeedback: ticket_handlers.give_feedback,
    tickets.MoveTicket: ticket_handlers.move_ticket,
    tickets.NoteTicket: ticket_handlers.note_ticket,
    tickets.AnswerTicket: ticket_handlers.answer_ticket,
    tickets.RecordOnTicket: ticket_handlers.record_on_ticket,
    tickets.AskMediation: ticket_handlers.ask_mediation,
    tickets.FollowMediation: ticket_handlers.follow_mediation,
    tickets.LowerTicket: ticket_handlers.lower_ticket,
    tickets.OverseeTicket: ticket_handlers.oversee_ticket,
    tickets.DoTimer: ticket_handlers.do_timer,
}

_ROUTING: Mapping[type, Callable[..., Awaitable[Outcome]]] = {
    routing.ChangeDutyList: routing_handlers.change_duty_list,
    routing.RestoreDutyList: routing_handlers.restore_duty_list,
}

_EMERGENCIES: Mapping[type, Callable[..., Awaitable[Outcome]]] = {
    emergencies.RaiseAlarm: emergency_handlers.raise_alarm,
    emergencies.AcknowledgeAlarm: emergency_handlers.acknowledge_alarm,
    emergencies.EndAlarm: emergency_handlers.end_alarm,
    emergencies.SettleReport: emergency_handlers.settle_report,
    emergencies.DoAlarm: emergency_handlers.do_alarm,
    emergencies.AddShift: emergency_handlers.add_shift,
    emergencies.RemoveShift: emergency_handlers.remove_shift,
    emergencies.HandOver: emergency_handlers.hand_over,
    emergencies.StartRollCall: emergency_handlers.start_roll_call,
    emergencies.AnswerRollCall: emergency_handlers.answer_roll_call,
    emergencies.MarkDoor: emergency_handlers.mark_door,
    emergencies.RemindRollCall: emergency_handlers.remind_roll_call,
}

_KNOWLEDGE: Mapping[type, Callable[..., Awaitable[Outcome]]] = {
    knowledge.AnswerFromGuide: knowledge_handlers.answer_from_guide,
    knowledge.ShowGuide: knowledge_handlers.show_guide,
    knowledge.LeaveUnsolved: knowledge_handlers.leave_unsolved,
    knowledge.SaveGuide: knowledge_handlers.save_guide,
    knowledge.RenewGuide: knowledge_handlers.renew_guide,
    knowledge.SetGuideState: knowledge_handlers.set_guide_state,
    knowledge.RemindOwners: knowledge_handlers.remind_owners,
}

_TIPS: Mapping[type, Callable[..., Awaitable[Outcome]]] = {
    tips.LeaveTip: tip_handlers.leave_tip,
    tips.AddToTip: tip_handlers.add_to_tip,
    tips.VisitTip: tip_handlers.visit_tip,
    tips.VisitOwnTip: tip_handlers.visit_own_tip,
    tips.ListOwnTips: tip_handlers.list_own_tips,
    tips.ReadTip: tip_handlers.read_tip,
    tips.MoveTip: tip_handlers.move_tip,
    tips.RemindTip: tip_handlers.remind_tip,
}

_MEDIATION: Mapping[type, Callable[..., Awaitable[Outcome]]] = {
    mediation.OpenCase: mediation_handlers.open_case,
    mediation.AcceptCase: mediation_handlers.accept_case,
    mediation.AssignMediator: mediation_handlers.assign_mediator,
    mediation.RecuseMediator: mediation_handlers.recuse_mediator,
    mediation.SetProfile: mediation_handlers.set_profile,
    mediation.AddParty: mediation_handlers.add_party,
    mediation.DescribeParty: mediation_handlers.describe_party,
    mediation.InviteParty: mediation_handlers.invite_party,
    mediation.RecordConsent: mediation_handlers.record_consent,
    mediation.AnswerInvitation: mediation_handlers.answer_invitation,
    mediation.LeaveCase: mediation_handlers.leave_case,
    mediation.OpenCommonRoom: mediation_handlers.open_common_room,
    mediation.SetRooms: mediation_handlers.set_rooms,
    mediation.SpeakInRoom: mediation_handlers.speak_in_room,
    mediation.HearParty: mediation_handlers.hear_party,
    mediation.AddNote: mediation_handlers.add_note,
    mediation.PlanSession: mediation_handlers.plan_session,
    mediation.EndSession: mediation_handlers.end_session,
    mediation.EndCase: mediation_handlers.end_case,
    mediation.DraftAgreement: mediation_handlers.draft_agreement,
    mediation.OfferAgreement: mediation_handlers.offer_agreement,
    mediation.SignAgreement: mediation_handlers.sign_agreement,
    mediation.RecordSignature: mediation_handlers.record_signature,
    mediation.SayDone: mediation_handlers.say_done,
    mediation.SettleItem: mediation_handlers.settle_item,
    mediation.AnswerVisit: mediation_handlers.answer_visit,
    mediation.RecordVisit: mediation_handlers.record_visit,
    mediation.DoMediation: mediation_handlers.do_mediation,
    mediation.NoticeHeat: mediation_handlers.notice_heat,
    mediation.AnswerQuarrel: mediation_handlers.answer_quarrel,
}

_ACTIVITIES: Mapping[type, Callable[..., Awaitable[Outcome]]] = {
    activities.CreateActivity: activity_handlers.create_activity,
    activities.DraftActivity: activity_handlers.draft_activity,
    activities.SettleDraft: activity_handlers.settle_draft,
    activities.DecideActivity: activity_handlers.decide_activity,
    activities.ChangeActivity: activity_handlers.change_activity,
    activities.CancelActivity: activity_handlers.cancel_activity,
    activities.SignUp: activity_handlers.sign_up,
    activities.JoinRelay: activity_handlers.join_relay,
    activities.LeaveActivity: activity_handlers.leave_activity,
    activities.AskActivities: activity_handlers.ask_activities,
    activities.CheckIn: activity_handlers.check_in,
    activities.AddByStaff: activity_handlers.add_by_staff,
    activities.RemoveByStaff: activity_handlers.remove_by_staff,
    activities.RecordAttendance: activity_handlers.record_attendance,
    activities.ThankAll: activity_handlers.thank_all,
    activities.DoActivity: activity_handlers.do_activity,
}

_HANDOFFS: Mapping[type, Callable[..., Awaitable[Outcome]]] = {
    handoffs.AskHandoff: handoff_handlers.ask_handoff,
    handoffs.HearHandoff: handoff_handlers.hear_handoff,
    handoffs.LeaveHandoff: handoff_handlers.leave_handoff,
    handoffs.TakeHandoff: handoff_handlers.take_handoff,
    handoffs.StepIn: handoff_handlers.step_in,
    handoffs.SpeakInHandoff: handoff_handlers.speak_in_handoff,
    handoffs.AddThread: handoff_handlers.add_thread,
    handoffs.NoteAnswer: handoff_handlers.note_answer,
    handoffs.PassHandoff: handoff_handlers.pass_handoff,
    handoffs.HandBack: handoff_handlers.hand_back,
    handoffs.OpenHandoffTicket: handoff_handlers.open_handoff_ticket,
    handoffs.DoHandoff: handoff_handlers.do_handoff,
}

_NOTICES: Mapping[type, Callable[..., Awaitable[Outcome]]] = {
    notices.SubmitNotice: notice_handlers.submit_notice,
    notices.SetReach: notice_handlers.set_reach,
    notices.DecideNotice: notice_handlers.decide_notice,
    notices.SendMissed: notice_handlers.send_missed,
    notices.StartBroadcast: notice_handlers.start_broadcast,
    notices.AddressBroadcast: notice_handlers.address_broadcast,
    notices.ContinueBroadcast: notice_handlers.continue_broadcast,
    notices.RecallNotice: notice_handlers.recall_notice,
    notices.NoteRecall: notice_handlers.note_recall,
    notices.AnswerNotice: notice_handlers.answer_notice,
    notices.SetNoticesWanted: notice_handlers.set_notices_wanted,
    notices.SetWelcome: notice_handlers.set_welcome,
    notices.AddCarePerson: notice_handlers.add_care_person,
    notices.EndCarePerson: notice_handlers.end_care_person,
    notices.StartCareRound: notice_handlers.start_care_round,
    notices.AnswerCare: notice_handlers.answer_care,
    notices.EndCareRound: notice_handlers.end_care_round,
}

_LEDGER: Mapping[type, Callable[..., Awaitable[Outcome]]] = {
    ledger.ShowHours: ledger_handlers.show_hours,
    ledger.ClaimHours: ledger_handlers.claim_hours,
    ledger.CompleteClaim: ledger_handlers.complete_claim,
    ledger.DropClaim: ledger_handlers.drop_claim,
    ledger.EnterHours: ledger_handlers.enter_hours,
    ledger.RecordHours: ledger_handlers.record_hours,
    ledger.AnswerClaim: ledger_handlers.answer_claim,
    ledger.ConfirmClaim: ledger_handlers.confirm_claim,
    ledger.AmendClaim: ledger_handlers.amend_claim,
    ledger.RefuseClaim: ledger_handlers.refuse_claim,
    ledger.OfferDonation: ledger_handlers.offer_donation,
    ledger.Donate: ledger_handlers.donate,
    ledger.GrantHours: ledger_handlers.grant_hours,
    ledger.ReverseEntry: ledger_handlers.reverse_entry,
    ledger.SaveItem: ledger_handlers.save_item,
    ledger.OfferItems: ledger_handlers.offer_items,
    ledger.OrderItem: ledger_handlers.order_item,
    ledger.HandOverOrder: ledger_handlers.hand_over_order,
    ledger.CancelOrder: ledger_handlers.cancel_order,
    ledger.SetPublished: ledger_handlers.set_published,
    ledger.DoLedger: ledger_handlers.do_ledger,
}

_PEOPLE: Mapping[type, Handler] = {
    people.CreateOrgUnit: people_handlers.create_org_unit,
    people.CreateTeam: people_handlers.create_team,
    people.CreateStaff: people_handlers.create_staff,
    people.SetStaffActive: people_handlers.set_staff_active,
    people.SetPassword: people_handlers.set_password,
    people.RecordSignIn: people_handlers.record_sign_in,
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
}

_TEACHING: Mapping[type, Handler] = {
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

_TEACHING_WITH_TOOLS: Mapping[type, Callable[..., Awaitable[Outcome]]] = {
    teaching.AddExamples: teaching_handlers.add_examples,
    teaching.EditExample: teaching_handlers.edit_example,
    teaching.ImportExamples: teaching_handlers.import_examples,
    teaching.SetPhrase: teaching_handlers.set_phrase,
    teaching.DecideReview: teaching_handlers.decide_review,
}


def build_catalogue(
    rules: Rules,
    tools: Tools | None = None,
    seals: Seals | None = None,
    notice_tools: NoticeTools | None = None,
    hours: LedgerRules | None = None,
) -> Mapping[type, Handler]:
    """Every command with its handler, rules and tools given to those that need them.

    No tips without ``seals``, no time bank without its rules (``hours``).
    """
    given, for_notices = tools or Tools(), notice_tools or NoticeTools()
    sealing = _TIPS if seals is not None else {}
    banking = _LEDGER if hours is not None else {}
    with_rules = {**_TICKETS, **_EMERGENCIES, **_ROUTING, **_KNOWLEDGE, **_MEDIATION, **_ACTIVITIES, **_HANDOFFS}
    return {
        **_PEOPLE,
        **{command: partial(handler, rules=rules) for command, handler in with_rules.items()},
        **_TEACHING,
        **{command: partial(handler, tools=given) for command, handler in _TEACHING_WITH_TOOLS.items()},
        **{command: partial(handler, rules=rules, tools=for_notices) for command, handler in _NOTICES.items()},
        **{command: partial(handler, rules=rules, seals=seals) for command, handler in sealing.items()},
        **{command: partial(handler, rules=hours) for command, handler in banking.items()},
    }
