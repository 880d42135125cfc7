/** `tocsin alert escalate`: more people, now. */
import type { Command } from '#app/cli/kit/command.ts';
import { ALERT_IDS, answerAlerts, answerEach, DETAIL_OPTION, PROJECT_OPTION } from './answer.ts';

const WHOM = ['step', 'responder'] as const;

export const ALERT_ESCALATE: Command = {
  name: 'alert escalate',
  summary: 'Call more people for alerts now, without waiting for the next step',
  about: `step calls whom the next step of the policy names, responder calls the next person who
was not called yet.`,
  arguments: [ALERT_IDS],
  options: {
    whom: { value: 'WHOM', says: 'Who is called; step unless given.', choices: WHOM },
    detail: DETAIL_OPTION,
    project: PROJECT_OPTION,
  },
  hasJson: true,
  examples: ['tocsin alert escalate fall-17', 'tocsin alert escalate fall-17 --whom responder'],
  run: (given, deps) => {
    const body = { whom: given.text('whom'), detail: given.text('detail') };
    return answerAlerts(given, deps, answerEach('escalate', given, body));
  },
};
