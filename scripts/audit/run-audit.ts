/**
 * Asks the registry whether grave holes are known in the packages that the hub runs with. Exit
 * code 1 when there are; UNCHECKED_CODE when the registry answers no audits, or nobody answers,
 * which is told and neither passes nor fails: a machine without a network can still test.
 */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { judgeAudit, UNCHECKED_CODE } from './audit-answer.ts';

const ARGV = ['audit', '--json', '--omit=dev', '--fetch-retries=0', '--fetch-timeout=20000'];
const ENDED_AFTER_MS = 60_000;

const child = spawn('npm', ARGV, {
  stdio: ['ignore', 'pipe', 'ignore'],
  timeout: ENDED_AFTER_MS,
  // On Windows npm is a script.
  shell: process.platform === 'win32',
});
// Without npm there is no answer either.
child.on('error', () => undefined);
const judged = judgeAudit(await text(child.stdout));
const lines = judged.kind === 'found' ? judged.lines : [judged.sentence];
process.stdout.write(`${lines.join('\n')}\n`);
process.exitCode = { clean: 0, found: 1, unanswered: UNCHECKED_CODE }[judged.kind];
