/** Projects, keys, and what is brought in from elsewhere. */
import type { Operation, OperationGroup } from '#contract/api/operation.ts';
import { AUDIT_OPERATIONS } from './audit.ts';
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
import {
  createdOperatorAnswer,
  loginForm,
  meAnswer,
  newOperator,
  operatorAnswer,
  operatorPatch,
  resetAnswer,
  sessionAnswer,
  setUpForm,
} from '#contract/access/operator.ts';
import { listOf } from '#contract/field.ts';
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

const FORM = 'application/x-www-form-urlencoded';
const PAGE = 'text/html';

/** Of persons: who am I, where am I logged in, and the pages of a login. */
const LOGIN: readonly Operation[] = [
  {
    id: 'showMe',
    method: 'GET',
    path: '/api/v1/me',
    summary: 'Say who asks, and what they are in which project',
    access: 'count',
    answers: { 200: { says: 'The principal of the request.', schema: meAnswer } },
  },
  {
    id: 'listSessions',
    method: 'GET',
    path: '/api/v1/sessions',
    summary: 'List where you are logged in',
    notes: 'Your own sessions alone; a key has none.',
    access: 'count',
    answers: { 200: { says: 'All of them.', schema: listOf(sessionAnswer) } },
  },
  {
    id: 'endSession',
    method: 'DELETE',
    path: '/api/v1/sessions/{id}',
    summary: 'End one of your sessions',
    access: 'count',
    answers: { 204: { says: 'It is over, and its live streams end.' } },
  },
  {
    id: 'showLogin',
    method: 'GET',
    path: '/login',
    summary: 'Show the page to log in',
    access: 'public',
    answers: { 200: { says: 'A form, or who is logged in.', type: PAGE } },
    errorShape: 'page',
  },
  {
    id: 'logIn',
    method: 'POST',
    path: '/login',
    summary: 'Log in by the form of the page',
    notes: 'Sets the cookie of a session. 401 when refused, 429 with Retry-After after many tries.',
    access: 'public',
    body: { schema: loginForm, type: FORM },
    answers: { 303: { says: 'In: on to the board.' } },
    errorShape: 'page',
  },
  {
    id: 'logOut',
    method: 'POST',
    path: '/logout',
    summary: 'End the session of the cookie',
    access: 'public',
    answers: { 303: { says: 'Out: on to the page to log in.' } },
    errorShape: 'page',
  },
  {
    id: 'showSetUp',
    method: 'GET',
    path: '/setup/{token}',
    summary: 'Show the page behind a set-up link',
    notes: 'Changes nothing. 410 when the link was used, or has run out.',
    access: 'public',
    answers: { 200: { says: 'A form for a new password.', type: PAGE } },
    errorShape: 'page',
  },
  {
    id: 'setUp',
    method: 'POST',
    path: '/setup/{token}',
    summary: 'Choose a password, then confirm the telephone by a code',
    access: 'public',
    body: { schema: setUpForm, type: FORM },
    answers: { 200: { says: 'The next page; at last the recovery codes.', type: PAGE } },
    errorShape: 'page',
  },
];

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
    ...resourceOperations({
      path: '/api/v1/operators',
      noun: 'Operator',
      nouns: 'Operators',
      answer: operatorAnswer,
      readAccess: 'administer',
      create: {
        body: newOperator,
        answer: createdOperatorAnswer,
        notes: 'The link to set up the login is in this answer, and never again.',
        errors: ['invalid'],
      },
      patch: {
        body: operatorPatch,
        notes: 'Roles are all of those in projects that you administer; others stay.',
        errors: ['still_in_use', 'not_found'],
      },
      remove: {
        notes: 'With all sessions. The last administrator who can log in stays.',
        errors: ['still_in_use'],
      },
    }),
    {
      id: 'resetOperator',
      method: 'POST',
      path: '/api/v1/operators/{id}/reset',
      summary: 'Make an operator set up the login anew',
      notes:
        'All sessions, the password and the telephone count no more; the link is answered once.',
      access: 'administer',
      answers: { 201: { says: 'The link.', schema: resetAnswer } },
      errors: ['still_in_use'],
    },
    ...LOGIN,
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
    ...AUDIT_OPERATIONS,
  ],
};
