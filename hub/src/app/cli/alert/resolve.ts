/** `tocsin alert resolve`: it is over. */
import { OUTCOMES } from '#kernel/words/lifecycle.ts';
import type { Command } from '#app/cli/kit/command.ts';
import { ALERT_IDS, answerAlerts, answerStatus, DETAIL_OPTION, PROJECT_OPTION } from './answer.ts';

export const ALERT_RESOLVE: Command = {
  name: 'alert resolve',
  summary: 'Resolve alerts: what they were about is over',
  about: 'A resolved alert stays resolved; the same problem raises a new one.',
  arguments: [ALERT_IDS],
  options: {
    outcome: { value: 'OUTCOME', says: 'How it ended; fixed unless given.', choices: OUTCOMES },
    detail: DETAIL_OPTION,
    project: PROJECT_OPTION,
  },
  hasJson: true,
  examples: [
    'tocsin alert resolve fall-17 --outcome help_sent',
    'tocsin alert resolve fall-17 fall-18 --outcome false_alarm --detail "a dog"',
  ],
  run: (given, deps) => {
    const body = {
      status: 'RESOLVED',
      outcome: given.text('outcome'),
      detail: given.text('detail'),
    };
    return answerAlerts(given, deps, answerStatus(given, body));
  },
};
