/** `tocsin demo`; what it does is in run.ts, loaded when it is to run. */
import type { Command } from '#app/cli/kit/command.ts';

export const DEMO: Command = {
  name: 'demo',
  summary: 'A fall, from the camera box to the answer, in half a minute',
  about: `It happens in a project of its own (demo), so that nobody real is called: a camera box
reports a fall, a telephone in this terminal rings again and again, and then somebody answers. The
telephone is a webhook on this machine: start the hub with TOCSIN_ALLOW_PRIVATE_TARGETS=127.0.0.0/8
to let it ring. Takes the key of the hub's administrator.`,
  options: {
    reminders: {
      value: 'COUNT',
      says: 'Answers after so many; 2 unless given.',
      range: { min: 0, max: 3 },
    },
    text: { value: 'TEXT', says: 'What the camera has seen.' },
  },
  examples: ['tocsin demo', 'tocsin demo --reminders 3'],
  run: async (given, deps) => (await import('./run.ts')).runDemo(given, deps),
};
