"""What is settled at the desk: tickets, emergencies, tips, quarrels, hand-offs, who answers for what, guides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from actions.emergencies import commands as emergencies
from actions.emergencies import handlers as emergency_handlers
from actions.handoffs import commands as handoffs
from actions.handoffs import handlers as handoff_handlers
from actions.knowledge import commands as knowledge
from actions.knowledge import handlers as knowledge_handlers
from actions.mediation import commands as mediation
from actions.mediation import handlers as mediation_handlers
from actions.outcome import Outcome
from actions.routing import commands as routing
from actions.routing import handlers as routing_handlers
from actions.tickets import at_work
from actions.tickets import commands as tickets
from actions.tickets import handlers as ticket_handlers
from actions.tickets import work_commands as work
from actions.tips import commands as tips
from actions.tips import handlers as tip_handlers

TICKETS: dict[type, Callable[..., Awaitable[Outcome]]] = {
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
    work.ShowWork: at_work.show_work,
    work.ShowWorkHelp: at_work.show_work_help,
    work.WorkOn: at_work.work_on,
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

EMERGENCIES: dict[type, Callable[..., Awaitable[Outcome]]] = {
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

TIPS: dict[type, Callable[..., Awaitable[Outcome]]] = {
    tips.LeaveTip: tip_handlers.leave_tip,
    tips.AddToTip: tip_handlers.add_to_tip,
    tips.VisitTip: tip_handlers.visit_tip,
    tips.VisitOwnTip: tip_handlers.visit_own_tip,
    tips.ListOwnTips: tip_handlers.list_own_tips,
    tips.ReadTip: tip_handlers.read_tip,
    tips.MoveTip: tip_handlers.move_tip,
    tips.RemindTip: tip_handlers.remind_tip,
}

MEDIATION: dict[type, Callable[..., Awaitable[Outcome]]] = {
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

HANDOFFS: dict[type, Callable[..., Awaitable[Outcome]]] = {
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

ROUTING: dict[type, Callable[..., Awaitable[Outcome]]] = {
    routing.ChangeDutyList: routing_handlers.change_duty_list,
    routing.RestoreDutyList: routing_handlers.restore_duty_list,
}

KNOWLEDGE: dict[type, Callable[..., Awaitable[Outcome]]] = {
    knowledge.AnswerFromGuide: knowledge_handlers.answer_from_guide,
    knowledge.ShowGuide: knowledge_handlers.show_guide,
    knowledge.LeaveUnsolved: knowledge_handlers.leave_unsolved,
    knowledge.SaveGuide: knowledge_handlers.save_guide,
    knowledge.RenewGuide: knowledge_handlers.renew_guide,
    knowledge.SetGuideState: knowledge_handlers.set_guide_state,
    knowledge.RemindOwners: knowledge_handlers.remind_owners,
}
