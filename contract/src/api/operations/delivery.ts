/** Ways out: channels, rules, and the links in messages. */
import * as z from 'zod/mini';
import type { OperationGroup } from '#contract/api/operation.ts';
import { resourceOperations } from '#contract/api/resource.ts';
import { receiptBody, WIRE_RECEIPTS } from '#contract/alert.ts';
import { channelAnswer, channelPatch, newChannel } from '#contract/channel.ts';
import { channelTestAnswer, channelTestBody } from '#contract/delivery/channel-test.ts';
import { channelTypeList } from '#contract/delivery/channel-type.ts';
import { ruleTestAnswer, ruleTestBody } from '#contract/delivery/rule-test.ts';
import { newRule, ruleAnswer, rulePatch } from '#contract/rule.ts';

/** What the buttons of the page post. */
const pressedForm = z.looseObject({
  action: z.optional(z.string()),
  outcome: z.optional(z.string()),
  detail: z.optional(z.string()),
});

const receiptAnswer = z.strictObject({ status: z.enum(WIRE_RECEIPTS), changed: z.boolean() });

export const DELIVERY: OperationGroup = {
  name: 'delivery',
  says: 'How people are reached, and how their phones answer.',
  operations: [
    ...resourceOperations({
      path: '/api/v1/channels',
      noun: 'Channel',
      nouns: 'Channels',
      answer: channelAnswer,
      create: {
        body: newChannel,
        notes: 'A webhook secret that is left out is made, and shown in this answer alone.',
      },
      patch: { body: channelPatch },
      remove: { errors: ['still_in_use'] },
    }),
    ...resourceOperations({
      path: '/api/v1/rules',
      noun: 'Rule',
      nouns: 'Rules',
      answer: ruleAnswer,
      create: { body: newRule },
      patch: { body: rulePatch },
      remove: {},
    }),
    {
      id: 'listChannelTypes',
      method: 'GET',
      path: '/api/v1/channel-types',
      summary: 'List the kinds of channels, and what each is set up with',
      access: 'read',
      answers: { 200: { says: 'All of them.', schema: channelTypeList } },
    },
    {
      id: 'testChannel',
      method: 'POST',
      path: '/api/v1/channels/{id}/test',
      summary: 'Send a test message by a channel, now, and say what came of it',
      notes:
        '200 also when the target refused it. Also of an inactive channel. Nothing is stored. ' +
        'Without a body: to whom the config of the channel names.',
      access: 'operate',
      body: { schema: channelTestBody, isOptional: true },
      answers: { 200: { says: 'What came of it.', schema: channelTestAnswer } },
      errors: ['not_found', 'channel_unusable', 'test_too_soon'],
    },
    {
      id: 'testRules',
      method: 'POST',
      path: '/api/v1/rules/test',
      summary: 'Say which rules would take an event or an alert, and why not',
      notes:
        'Of an event, a stored event or an alert; with a rule of your own that is not saved yet.',
      access: 'read',
      body: { schema: ruleTestBody },
      answers: { 200: { says: 'A verdict on each rule.', schema: ruleTestAnswer } },
      errors: ['not_found'],
    },
    {
      id: 'confirmReceipt',
      method: 'POST',
      path: '/api/v1/receipts/{token}',
      summary: 'Say that a device got a message, or that a person read it',
      notes: 'The address is `receipt_url` of the message. Without a body: delivered.',
      access: 'public',
      body: { schema: receiptBody, isOptional: true },
      answers: { 200: { says: 'What is known now.', schema: receiptAnswer } },
      errors: ['link_expired'],
    },
    {
      id: 'showActionPage',
      method: 'GET',
      path: '/a/{token}',
      summary: 'Show the page behind a link of a message',
      notes: 'Changes nothing: scanners open every link there is.',
      access: 'public',
      answers: { 200: { says: 'The alert, and buttons to answer it.', type: 'text/html' } },
      errors: ['link_expired'],
      errorShape: 'page',
    },
    {
      id: 'pressAction',
      method: 'POST',
      path: '/a/{token}',
      summary: 'Answer an alert by the page behind a link',
      access: 'public',
      body: { schema: pressedForm, type: 'application/x-www-form-urlencoded', isOptional: true },
      answers: { 200: { says: 'What came of it.', type: 'text/html' } },
      errors: ['link_expired'],
      errorShape: 'page',
    },
  ],
};
