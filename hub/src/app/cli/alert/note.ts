/** `tocsin alert note`: something for the record; nothing else changes. */
import type { Command } from '#app/cli/kit/command.ts';
import { answerAlerts, answerEach, PROJECT_OPTION, TEXT_AND_IDS } from './answer.ts';

export const ALERT_NOTE: Command = {
  name: 'alert note',
  summary: 'Add a note to the timeline of alerts',
  arguments: TEXT_AND_IDS,
  options: { project: PROJECT_OPTION },
  hasJson: true,
  examples: ['tocsin alert note "She is in bed 3" fall-17'],
  run: (given, deps) => {
    const body = { detail: given.text('TEXT') };
    return answerAlerts(given, deps, answerEach('note', given, body));
  },
};
