/**
 * Every setting as it stands: its value and where that comes from. Pure. Danger: what is printed
 * is pasted into mails and chats; nothing that opens anything may be in it.
 */
import { SETTINGS } from '#app/start/config.ts';

export type SettingLine = {
  readonly name: string;
  readonly value: string;
  readonly from: 'environment' | 'data dir' | 'default';
  readonly says: string;
};

export type SettingsSeen = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where generated keys lie, of those that are there. */
  readonly keyFiles: Readonly<Record<string, string>>;
};

const SECRET_NAME = /(?:KEY|SECRET|TOKEN|PASSWORD)$/;

export function listSettings({ env, keyFiles }: SettingsSeen): readonly SettingLine[] {
  return Object.entries(SETTINGS).map(([name, { says, otherwise }]) => {
    const given = env[name]?.trim() ?? '';
    if (given !== '') return { name, value: mask(name, given), from: 'environment', says };
    const file = keyFiles[name];
    if (file !== undefined) return { name, value: `in ${file}`, from: 'data dir', says };
    return { name, value: otherwise.replaceAll('`', ''), from: 'default', says };
  });
}

function mask(name: string, value: string): string {
  if (SECRET_NAME.test(name)) return 'set, not shown';
  if (!URL.canParse(value)) return maskBroken(value);
  const url = new URL(value);
  if (url.password !== '') url.password = '***';
  // Parameters of a database URL may hold a password too, and so may those of a call-back.
  for (const key of new Set(url.searchParams.keys())) {
    if (/pass|secret|token|key|sig/i.test(key)) url.searchParams.set(key, '***');
  }
  const isChanged = url.href.includes('***');
  return isChanged ? url.href : value;
}

/** A URL that cannot be read may hold a password all the same. */
function maskBroken(value: string): string {
  return value.replace(/(:\/\/[^/@]*?):[^@]*@/, '$1:***@');
}
