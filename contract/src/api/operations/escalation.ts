/** Who is called when: policies and responders. */
import type { OperationGroup } from '#contract/api/operation.ts';
import { resourceOperations } from '#contract/api/resource.ts';
import { newPolicy, policyAnswer, policyPatch } from '#contract/escalation/policy.ts';
import { newResponder, responderAnswer, responderPatch } from '#contract/escalation/responder.ts';

export const ESCALATION: OperationGroup = {
  name: 'escalation',
  says: 'Who is called when, until somebody answers.',
  operations: [
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
