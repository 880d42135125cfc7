/** Who is called when: policies and responders. */
import type { OperationGroup } from '#contract/api/operation.ts';
import { resourceOperations } from '#contract/api/resource.ts';
import { drillAnswer, drillBody } from '#contract/escalation/drill.ts';
import { newPolicy, policyAnswer, policyPatch } from '#contract/escalation/policy.ts';
import { newResponder, responderAnswer, responderPatch } from '#contract/escalation/responder.ts';

export const ESCALATION: OperationGroup = {
  name: 'escalation',
  says: 'Who is called when, until somebody answers.',
  operations: [
    {
      id: 'drill',
      method: 'POST',
      path: '/api/v1/drill',
      summary: 'Say who would be called for an alert, and when, if nobody answered',
      notes: 'Nothing is stored and nothing is sent. Takes what raising an alert takes.',
      access: 'read',
      body: { schema: drillBody },
      answers: { 200: { says: 'Each step until the end.', schema: drillAnswer } },
      errors: ['not_found'],
    },
    ...resourceOperations({
      path: '/api/v1/policies',
      noun: 'Policy',
      nouns: 'Policies',
      answer: policyAnswer,
      create: { body: newPolicy },
      patch: {
        body: policyPatch,
        notes: 'Alerts that are open go on by the policy as it was when they were raised.',
        errors: ['built_in'],
      },
      remove: { errors: ['built_in', 'still_in_use'] },
    }),
    ...resourceOperations({
      path: '/api/v1/responders',
      noun: 'Responder',
      nouns: 'Responders',
      answer: responderAnswer,
      create: { body: newResponder },
      patch: { body: responderPatch },
      remove: { errors: ['still_in_use'] },
    }),
  ],
};
