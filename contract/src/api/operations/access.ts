/** Projects, keys, and what is brought in from elsewhere. */
import type { OperationGroup } from '#contract/api/operation.ts';
import { resourceOperations } from '#contract/api/resource.ts';
import {
  configAnswer,
  configApplication,
  configApplyAnswer,
  configPlanAnswer,
  configQuery,
  configRequest,
} from '#contract/config/answer.ts';
import { importAnswer, sentinelImport } from '#contract/import.ts';
import { createdKeyAnswer, keyAnswer, newKey } from '#contract/key.ts';
import { redactionAnswer } from '#contract/redaction/policy.ts';
import { newProject, projectAnswer, projectPatch } from '#contract/project.ts';

const CONFIG_ERRORS = [
  'version_conflict',
  'name_taken',
  'still_in_use',
  'built_in',
  'not_found',
] as const;

export const ACCESS: OperationGroup = {
  name: 'access',
  says: 'Projects that never see each other, and who may do what.',
  operations: [
    ...resourceOperations({
      path: '/api/v1/projects',
      noun: 'Project',
      nouns: 'Projects',
      answer: projectAnswer,
      create: {
        body: newProject,
        access: 'administer_hub',
        notes: 'It comes with one source of each kind and the two built-in policies.',
      },
      patch: {
        body: projectPatch,
        notes: 'What is masked stays masked: `redaction` takes additions only.',
        errors: ['policy_reveals'],
      },
    }),
    {
      id: 'getProjectRedaction',
      method: 'GET',
      path: '/api/v1/projects/{id}/redaction',
      summary: 'What a project masks of what comes in, and has masked',
      notes: 'Explains the `redaction_version` of its events. Changed with the project itself.',
      access: 'read',
      answers: { 200: { says: 'The policy, with all its versions.', schema: redactionAnswer } },
    },
    ...resourceOperations({
      path: '/api/v1/keys',
      noun: 'Key',
      nouns: 'Keys',
      answer: keyAnswer,
      create: {
        body: newKey,
        answer: createdKeyAnswer,
        notes: 'The key is in this answer, and never again.',
      },
      remove: { notes: 'It is revoked: at once here, within a second on other nodes.' },
    }),
    {
      id: 'exportConfig',
      method: 'GET',
      path: '/api/v1/config',
      summary: 'Export the configuration as one document',
      notes: 'To be kept as code; secrets are left out, and named.',
      access: 'read',
      query: configQuery,
      answers: { 200: { says: 'All of it.', schema: configAnswer } },
      errors: ['invalid', 'not_found'],
    },
    {
      id: 'planConfig',
      method: 'POST',
      path: '/api/v1/config/plan',
      summary: 'Say what applying a document would change',
      access: 'administer',
      body: { schema: configRequest },
      answers: { 200: { says: 'Each change, and nothing is done.', schema: configPlanAnswer } },
      errors: CONFIG_ERRORS,
    },
    {
      id: 'applyConfig',
      method: 'POST',
      path: '/api/v1/config/apply',
      summary: 'Make the configuration what a document says',
      notes: 'All of it, or nothing. With the versions of a plan: 409 when one is another by now.',
      access: 'administer',
      body: { schema: configApplication },
      answers: { 200: { says: 'Each change, done.', schema: configApplyAnswer } },
      errors: CONFIG_ERRORS,
    },
    {
      id: 'importSentinel',
      method: 'POST',
      path: '/api/v1/imports/sentinel',
      summary: 'Bring in alerts of the fall-alert manager',
      notes: 'What `tocsin import sentinel` sends. The same alert may come any number of times.',
      access: 'administer',
      body: { schema: sentinelImport },
      answers: { 200: { says: 'What was done, or would be.', schema: importAnswer } },
      errors: ['not_found'],
    },
  ],
};
