/** English. */
import type { Phrases } from './phrases.ts';

export const EN: Phrases = {
  seconds: '{{ count }} s',
  minutes: '{{ count }} min',
  login: {
    title: 'Log in',
    name: 'User name or mail address',
    password: 'Password',
    code: 'Code of your authenticator app, or a recovery code',
    submit: 'Log in',
    refused:
      'That did not work: the name, the password or the code is not right. A code works once; \
wait for the next one.',
    throttled: 'There were too many tries. You can try again in {{ time }}.',
    lost: 'Password or telephone lost? An administrator can give you a new set-up link.',
    loggedIn: 'You are logged in as {{ name }}.',
    open: 'Open the board',
    logOut: 'Log out',
    foreign: 'The form did not come from this page. Open the page anew and try again.',
    failed: 'That could not be done now, and nothing was changed. Try again in a moment.',
  },
  setUp: {
    title: 'Set up your login',
    lead: 'For {{ name }}, who logs in as {{ login }}.',
    firstLead: 'You become the first administrator of this hub.',
    yourName: 'Your name, as others see it',
    loginName: 'User name or mail address to log in with',
    password: 'Password',
    passwordHint:
      'At least {{ count }} characters. Some words that nobody else would put together are best.',
    repeat: 'The password again',
    next: 'Next',
    appTitle: 'Connect your telephone',
    appLead:
      'Scan this with an authenticator app, or type the secret into it. From then on the app \
shows a new code every 30 seconds.',
    secret: 'Secret',
    code: 'The code that the app shows now',
    codeWrong:
      'That is not the code of this moment. Is the clock of the telephone right? Try the next one.',
    finish: 'Finish',
    doneTitle: 'Your recovery codes',
    doneLead:
      'Write these down now: they are never shown again. Each one opens once in place of the \
code, when the telephone is lost.',
    deadTitle: 'This link does not work any more',
    deadText:
      'A set-up link works once and for a limited time. Ask an administrator for a new one \
(tocsin operator reset).',
  },
  faults: {
    too_short: 'The password has fewer than {{ min }} characters.',
    too_long: 'The password has more than {{ max }} characters.',
    is_the_name: 'The password is hardly more than the name.',
    too_common: 'This password is among those that everybody tries first.',
    too_plain: 'The password has too few different characters.',
    repeat_differs: 'The two passwords are not the same.',
    name_missing: 'Your name is missing.',
    login_wrong: 'The name to log in with must be one word, or a mail address.',
  },
};
