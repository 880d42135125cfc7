/** `tocsin alert ack`: somebody takes care of it; nobody is called for it any more. */
import { INTENTS } from '#kernel/words/lifecycle.ts';
import type { Command } from '#app/cli/kit/command.ts';
import { ALERT_IDS, answerAlerts, answerStatus, DETAIL_OPTION, PROJECT_OPTION } from './answer.ts';

export const ALERT_ACK: Command = {
  name: 'alert ack',
  summary: 'Acknowledge alerts: you take care of them, and nobody else is called',
  about: `Who was called hears that somebody has answered. An alert that is not resolved in time
comes back, as its policy says.`,
  arguments: [ALERT_IDS],
  options: {
    intent: {
      value: 'INTENT',
      says: 'What you are doing; seen unless given.',
      choices: INTENTS,
    },
    detail: DETAIL_OPTION,
    project: PROJECT_OPTION,
  },
  hasJson: true,
  examples: [
    'tocsin alert ack fall-17',
    'tocsin alert ack fall-17 fall-18 --intent on_site --detail "I am in the room"',
  ],
  run: (given, deps) => {
    const body = {
      status: 'ACKNOWLEDGED',
      intent: given.text('intent'),
      detail: given.text('detail'),
    };
    return answerAlerts(given, deps, answerStatus(given, body));
  },
};
