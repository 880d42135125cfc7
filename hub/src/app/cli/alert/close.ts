/** `tocsin alert close`: what expired without an answer goes from the board. */
import type { Command } from '#app/cli/kit/command.ts';
import { answerAlerts, answerEach, PROJECT_OPTION, TEXT_AND_IDS } from './answer.ts';

export const ALERT_CLOSE: Command = {
  name: 'alert close',
  summary: 'Close alerts that have expired, with the reason why that is all right',
  about: 'What nobody has answered stays on the board until somebody says what became of it.',
  arguments: TEXT_AND_IDS,
  options: { project: PROJECT_OPTION },
  hasJson: true,
  examples: ['tocsin alert close "She was asleep, checked by phone" fall-17'],
  run: (given, deps) => {
    const body = { detail: given.text('TEXT') };
    return answerAlerts(given, deps, answerEach('close', given, body));
  },
};
