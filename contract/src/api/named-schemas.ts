/**
 * The schemas that have a name in the document, so that they are written there once. What is not
 * here is written out where it is used.
 */
import {
  createdOperatorAnswer,
  meAnswer,
  newOperator,
  operatorAnswer,
  operatorPatch,
  sessionAnswer,
} from '#contract/access/operator.ts';
import type { WireSchema } from '#contract/wire.ts';
import { auditAnswer, auditVerification } from '#contract/access/audit.ts';
import * as alert from '#contract/alert.ts';
import { channelAnswer, channelPatch, newChannel } from '#contract/channel.ts';
import { errorAnswer, errorDetail } from '#contract/error.ts';
import { newPolicy, policyAnswer, policyPatch } from '#contract/escalation/policy.ts';
import { newResponder, responderAnswer, responderPatch } from '#contract/escalation/responder.ts';
import { eventResults, newEvent, newEvents } from '#contract/event.ts';
import { eventAnswer, eventItem } from '#contract/intake/stored-event.ts';
import { deviceAnswer, devicePatch, newDevice } from '#contract/supervision/device.ts';
import { doctorAnswer } from '#contract/supervision/doctor.ts';
import { channelTypeAnswer } from '#contract/delivery/channel-type.ts';
import { channelTestAnswer, channelTestBody } from '#contract/delivery/channel-test.ts';
import { ruleTestAnswer, ruleTestBody } from '#contract/delivery/rule-test.ts';
import { drillAnswer, drillBody } from '#contract/escalation/drill.ts';
import { sourceTry, sourceTryAnswer, sourceTypeAnswer } from '#contract/intake/source-type.ts';
import { importAnswer, sentinelImport } from '#contract/import.ts';
import { createdKeyAnswer, keyAnswer, newKey } from '#contract/key.ts';
import { newProject, projectAnswer, projectPatch } from '#contract/project.ts';
import { newRule, ruleAnswer, rulePatch } from '#contract/rule.ts';
import { createdSourceAnswer, newSource, sourceAnswer, sourcePatch } from '#contract/source.ts';
import { answeredAlert, notificationAnswer, timelineEntry } from './operations/alert.ts';

export const REQUEST_SCHEMAS: Readonly<Record<string, WireSchema>> = {
  NewAlert: alert.newAlert,
  NewEvent: newEvent,
  NewEvents: newEvents,
  StatusChange: alert.statusChange,
  BulkStatusChange: alert.bulkStatusChange,
  Note: alert.noteBody,
  Assignment: alert.assignment,
  Escalate: alert.escalateBody,
  CalledOutside: alert.calledOutside,
  Receipt: alert.receiptBody,
  NewSource: newSource,
  SourcePatch: sourcePatch,
  NewDevice: newDevice,
  DevicePatch: devicePatch,
  NewPolicy: newPolicy,
  PolicyPatch: policyPatch,
  Drill: drillBody,
  ChannelTest: channelTestBody,
  RuleTest: ruleTestBody,
  SourceTry: sourceTry,
  NewResponder: newResponder,
  ResponderPatch: responderPatch,
  NewChannel: newChannel,
  ChannelPatch: channelPatch,
  NewRule: newRule,
  RulePatch: rulePatch,
  NewProject: newProject,
  ProjectPatch: projectPatch,
  NewKey: newKey,
  NewOperator: newOperator,
  OperatorPatch: operatorPatch,
  AuditVerification: auditVerification,
  SentinelImport: sentinelImport,
};

export const ANSWER_SCHEMAS: Readonly<Record<string, WireSchema>> = {
  Alert: alert.alertAnswer,
  AnsweredAlert: answeredAlert,
  TimelineEntry: timelineEntry,
  Notification: notificationAnswer,
  EventResults: eventResults,
  EventItem: eventItem,
  Event: eventAnswer,
  Source: sourceAnswer,
  CreatedSource: createdSourceAnswer,
  Device: deviceAnswer,
  Policy: policyAnswer,
  Responder: responderAnswer,
  Channel: channelAnswer,
  Rule: ruleAnswer,
  Project: projectAnswer,
  Key: keyAnswer,
  AuditEntry: auditAnswer,
  CreatedKey: createdKeyAnswer,
  Operator: operatorAnswer,
  CreatedOperator: createdOperatorAnswer,
  Session: sessionAnswer,
  Me: meAnswer,
  DrillResult: drillAnswer,
  ChannelTestResult: channelTestAnswer,
  RuleTestResult: ruleTestAnswer,
  SourceTryResult: sourceTryAnswer,
  SourceType: sourceTypeAnswer,
  ChannelType: channelTypeAnswer,
  DoctorReport: doctorAnswer,
  ImportResult: importAnswer,
  Detail: errorDetail,
  Error: errorAnswer,
};
