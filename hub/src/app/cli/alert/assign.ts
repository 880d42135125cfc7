/** `tocsin alert assign`: who has it. */
import { type Command, CliFailure } from '#app/cli/kit/command.ts';
import { ALERT_IDS, answerAlerts, answerEach, DETAIL_OPTION, PROJECT_OPTION } from './answer.ts';

export const ALERT_ASSIGN: Command = {
  name: 'alert assign',
  summary: 'Say who has alerts, or that nobody has them any more',
  arguments: [ALERT_IDS],
  options: {
    to: { value: 'NAME', says: 'Who has it from now on.' },
    nobody: { says: 'Nobody has it any more.' },
    detail: DETAIL_OPTION,
    project: PROJECT_OPTION,
  },
  hasJson: true,
  examples: [
    'tocsin alert assign fall-17 --to "Nurse Kim"',
    'tocsin alert assign fall-17 --nobody',
  ],
  run: async (given, deps) => {
    const to = given.text('to');
    if ((to === null) !== given.flag('nobody')) {
      throw new CliFailure('give one of --to NAME and --nobody', { exitCode: 2 });
    }
    const body = { assigned_to: to, detail: given.text('detail') };
    return answerAlerts(given, deps, answerEach('assign', given, body));
  },
};
