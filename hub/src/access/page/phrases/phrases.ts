/**
 * What the pages of a login say in one language; one that is missing does not compile. Words in
 * `{{ }}` are filled in, and escaped with the rest.
 */
import type { PasswordFault } from '#access/proof/password.ts';

export type SetUpFault = PasswordFault | 'repeat_differs' | 'name_missing' | 'login_wrong';

export type Phrases = {
  readonly seconds: string;
  readonly minutes: string;
  readonly login: Readonly<
    Record<
      | 'title'
      | 'name'
      | 'password'
      | 'code'
      | 'submit'
      | 'refused'
      | 'throttled'
      | 'lost'
      | 'loggedIn'
      | 'open'
      | 'logOut'
      | 'foreign'
      | 'failed',
      string
    >
  >;
  readonly setUp: Readonly<
    Record<
      | 'title'
      | 'lead'
      | 'firstLead'
      | 'yourName'
      | 'loginName'
      | 'password'
      | 'passwordHint'
      | 'repeat'
      | 'next'
      | 'appTitle'
      | 'appLead'
      | 'secret'
      | 'code'
      | 'codeWrong'
      | 'finish'
      | 'doneTitle'
      | 'doneLead'
      | 'deadTitle'
      | 'deadText',
      string
    >
  >;
  readonly faults: Readonly<Record<SetUpFault, string>>;
};

export function fillPhrase(
  phrase: string,
  values: Readonly<Record<string, string | number>>,
): string {
  return phrase.replaceAll(/\{\{ (\w+) \}\}/g, (_, name: string) => String(values[name] ?? ''));
}
