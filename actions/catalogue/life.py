"""What residents do together: activities, patrols, help, hours, proposals, ballots, surveys, notices, good deeds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions.activities import commands as activities
from actions.activities import handlers as activity_handlers
from actions.ballots import commands as ballots
from actions.ballots import handlers as ballot_handlers
from actions.bulletins import commands as bulletins
from actions.bulletins import handlers as bulletin_handlers
from actions.ledger import commands as ledger
from actions.ledger import handlers as ledger_handlers
from actions.notices import commands as notices
from actions.notices import handlers as notice_handlers
from actions.outcome import Outcome
from actions.polls import commands as polls
from actions.polls import handlers as poll_handlers
from actions.pool import commands as pool
from actions.pool import handlers as pool_handlers
from actions.proposals import commands as proposals
from actions.proposals import handlers as proposal_handlers
from actions.shifts import commands as shifts
from actions.shifts import handlers as shift_handlers
from actions.surveys import commands as surveys
from actions.surveys import handlers as survey_handlers
from actions.watch import commands as watch
from actions.watch import handlers as watch_handlers

Handler = Callable[[AsyncSession, Any, datetime], Awaitable[Outcome]]

ACTIVITIES: dict[type, Callable[..., Awaitable[Outcome]]] = {
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

NOTICES: dict[type, Callable[..., Awaitable[Outcome]]] = {
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
    notices.PlanCare: notice_handlers.plan_care,
    notices.PauseCarePlan: notice_handlers.pause_care_plan,
    notices.StartPlannedCare: notice_handlers.start_planned_care,
    notices.AnswerCare: notice_handlers.answer_care,
    notices.EndCareRound: notice_handlers.end_care_round,
}

BULLETINS: dict[type, Callable[..., Awaitable[Outcome]]] = {
    bulletins.SubmitBulletin: bulletin_handlers.submit_bulletin,
    bulletins.WithdrawBulletin: bulletin_handlers.withdraw_bulletin,
    bulletins.NoteNotice: bulletin_handlers.note_notice,
    bulletins.AskRumour: bulletin_handlers.ask_rumour,
    bulletins.TellDeed: bulletin_handlers.tell_deed,
    bulletins.WriteDeed: bulletin_handlers.write_deed,
    bulletins.EditDeed: bulletin_handlers.edit_deed,
    bulletins.AskConsent: bulletin_handlers.ask_consent,
    bulletins.RecordConsent: bulletin_handlers.record_consent,
    bulletins.AnswerConsent: bulletin_handlers.answer_consent,
    bulletins.NameDeed: bulletin_handlers.name_deed,
    bulletins.ApproveDeed: bulletin_handlers.approve_deed,
    bulletins.RefuseDeed: bulletin_handlers.refuse_deed,
    bulletins.WithdrawDeed: bulletin_handlers.withdraw_deed,
    bulletins.OfferPicture: bulletin_handlers.offer_picture,
    bulletins.AnswerPicture: bulletin_handlers.answer_picture,
    bulletins.RemovePicture: bulletin_handlers.remove_picture,
    bulletins.SetPublicPage: bulletin_handlers.set_public_page,
}

LEDGER: dict[type, Callable[..., Awaitable[Outcome]]] = {
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
    ledger.OfferGift: ledger_handlers.offer_gift,
    ledger.GiveHours: ledger_handlers.give_hours,
    ledger.AnswerGift: ledger_handlers.answer_gift,
    ledger.LapseGift: ledger_handlers.lapse_gift,
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

BALLOTS: dict[type, Callable[..., Awaitable[Outcome]]] = {
    ballots.DraftBallot: ballot_handlers.draft_ballot,
    ballots.OpenBallot: ballot_handlers.open_ballot,
    ballots.CastVote: ballot_handlers.cast_vote,
    ballots.EnterPaperVote: ballot_handlers.enter_paper_vote,
    ballots.ConfirmPaperVote: ballot_handlers.confirm_paper_vote,
    ballots.WithdrawPaperVote: ballot_handlers.withdraw_paper_vote,
    ballots.ExtendBallot: ballot_handlers.extend_ballot,
    ballots.CloseBallot: ballot_handlers.close_ballot,
    ballots.CancelBallot: ballot_handlers.cancel_ballot,
    ballots.SetArea: ballot_handlers.set_area,
    ballots.ImportAreas: ballot_handlers.import_areas,
    ballots.AskBallots: ballot_handlers.ask_ballots,
    ballots.AskOwnVote: ballot_handlers.ask_own_vote,
    ballots.ShowReceipt: ballot_handlers.show_receipt,
    ballots.WantPaper: ballot_handlers.want_paper,
    ballots.DoBallot: ballot_handlers.do_ballot,
}

PROPOSALS: dict[type, Callable[..., Awaitable[Outcome]]] = {
    proposals.AddArgument: proposal_handlers.add_argument,
    proposals.AddTask: proposal_handlers.add_task,
    proposals.AdoptByVote: proposal_handlers.adopt_by_vote,
    proposals.AnswerProposal: proposal_handlers.answer_proposal,
    proposals.CancelMeeting: proposal_handlers.cancel_meeting,
    proposals.CommentParagraph: proposal_handlers.comment_paragraph,
    proposals.ConfirmInnovation: proposal_handlers.confirm_innovation,
    proposals.DoProposal: proposal_handlers.do_proposal,
    proposals.DraftProposal: proposal_handlers.draft_proposal,
    proposals.FinishMilestone: proposal_handlers.finish_milestone,
    proposals.HideArgument: proposal_handlers.hide_argument,
    proposals.LeaveProposal: proposal_handlers.leave_proposal,
    proposals.MuteProposals: proposal_handlers.mute_proposals,
    proposals.NameInnovation: proposal_handlers.name_innovation,
    proposals.NoteBallot: proposal_handlers.note_ballot,
    proposals.OpenConvention: proposal_handlers.open_convention,
    proposals.PlanMeeting: proposal_handlers.plan_meeting,
    proposals.ProposeFromTicket: proposal_handlers.propose_from_ticket,
    proposals.PublishIndex: proposal_handlers.publish_index,
    proposals.PublishSummary: proposal_handlers.publish_summary,
    proposals.PutToVote: proposal_handlers.put_to_vote,
    proposals.RaiseMatter: proposal_handlers.raise_matter,
    proposals.RecordMeeting: proposal_handlers.record_meeting,
    proposals.ReportProgress: proposal_handlers.report_progress,
    proposals.ReviewProposal: proposal_handlers.review_proposal,
    proposals.SettleComment: proposal_handlers.settle_comment,
    proposals.SettleProposal: proposal_handlers.settle_proposal,
    proposals.ShowProposals: proposal_handlers.show_proposals,
    proposals.SupportProposal: proposal_handlers.support_proposal,
    proposals.TellNews: proposal_handlers.tell_news,
    proposals.Weigh: proposal_handlers.weigh,
    proposals.WriteConvention: proposal_handlers.write_convention,
}

POOL: dict[type, Callable[..., Awaitable[Outcome]]] = {
    pool.AskForHelp: pool_handlers.ask_for_help,
    pool.CompleteNeed: pool_handlers.complete_need,
    pool.CancelNeed: pool_handlers.cancel_need,
    pool.OfferHelp: pool_handlers.offer_help,
    pool.RestVolunteer: pool_handlers.rest_volunteer,
    pool.AllowVisits: pool_handlers.allow_visits,
    pool.AnswerOffer: pool_handlers.answer_offer,
    pool.GiveBack: pool_handlers.give_back,
    pool.SayHelped: pool_handlers.say_helped,
    pool.SayNoShow: pool_handlers.say_no_show,
    pool.SettleNeed: pool_handlers.settle_need,
    pool.DoNeed: pool_handlers.do_need,
}

WATCH: dict[type, Handler] = {
    watch.MakeWatch: watch_handlers.make_watch,
    watch.ChangeWatch: watch_handlers.change_watch,
    watch.AnswerWatch: watch_handlers.answer_watch,
    watch.SettleWorry: watch_handlers.settle_worry,
    watch.AnswerEve: watch_handlers.answer_eve,
}

WORRIES: dict[type, Callable[..., Awaitable[Outcome]]] = {
    watch.SayWorry: watch_handlers.say_worry,
    watch.GoAndLook: watch_handlers.go_and_look,
    watch.TellFound: watch_handlers.tell_found,
    watch.DoWorry: watch_handlers.do_worry,
}

WATCH_WITH_RULES: dict[type, Callable[..., Awaitable[Outcome]]] = {
    watch.AskWatch: watch_handlers.ask_watch,
    watch.AskEve: watch_handlers.ask_eve,
}

SHIFTS: dict[type, Callable[..., Awaitable[Outcome]]] = {
    shifts.SaveDuty: shift_handlers.save_duty,
    shifts.EndDuty: shift_handlers.end_duty,
    shifts.MakeShifts: shift_handlers.make_shifts,
    shifts.CancelShift: shift_handlers.cancel_shift,
    shifts.JoinShift: shift_handlers.join_shift,
    shifts.LeaveShift: shift_handlers.leave_shift,
    shifts.TakeOver: shift_handlers.take_over,
    shifts.OfferSwap: shift_handlers.offer_swap,
    shifts.AnswerSwap: shift_handlers.answer_swap,
    shifts.AskShifts: shift_handlers.ask_shifts,
    shifts.CheckInShift: shift_handlers.check_in_shift,
    shifts.CheckOutShift: shift_handlers.check_out_shift,
    shifts.PassPoint: shift_handlers.pass_point,
    shifts.NoteHazard: shift_handlers.note_hazard,
    shifts.NoteHazards: shift_handlers.note_hazards,
    shifts.NoteClash: shift_handlers.note_clash,
    shifts.AddToShift: shift_handlers.add_to_shift,
    shifts.RemoveFromShift: shift_handlers.remove_from_shift,
    shifts.SettleSignup: shift_handlers.settle_signup,
    shifts.DoShift: shift_handlers.do_shift,
    shifts.DoStandIn: shift_handlers.do_stand_in,
}

POLLS: dict[type, Callable[..., Awaitable[Outcome]]] = {
    polls.StartPoll: poll_handlers.start_poll,
    polls.RaiseHand: poll_handlers.raise_hand,
    polls.ShowPoll: poll_handlers.show_poll,
    polls.EndPoll: poll_handlers.end_poll,
    polls.DoPoll: poll_handlers.do_poll,
}

SURVEYS: dict[type, Callable[..., Awaitable[Outcome]]] = {
    surveys.CreateSurvey: survey_handlers.create_survey,
    surveys.SetSurvey: survey_handlers.set_survey,
    surveys.SaveQuestion: survey_handlers.save_question,
    surveys.MoveQuestion: survey_handlers.move_question,
    surveys.DropQuestion: survey_handlers.drop_question,
    surveys.CorrectQuestion: survey_handlers.correct_question,
    surveys.OpenSurvey: survey_handlers.open_survey,
    surveys.CloseSurvey: survey_handlers.close_survey,
    surveys.RemindNow: survey_handlers.remind_now,
    surveys.RemindResidents: survey_handlers.remind_residents,
    surveys.DoSurvey: survey_handlers.do_survey,
    surveys.PublishSurvey: survey_handlers.publish_survey,
    surveys.AnswerSurvey: survey_handlers.answer_survey,
    surveys.StartTalk: survey_handlers.start_talk,
    surveys.AnswerTalk: survey_handlers.answer_talk,
    surveys.StopTalk: survey_handlers.stop_talk,
    surveys.SetReminders: survey_handlers.set_reminders,
    surveys.HandPrize: survey_handlers.hand_prize,
}
