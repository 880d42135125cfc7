/**
 * Secrets of a channel or a source, each sealed for its project, owner and field.
 * Danger: all envelopes are in `channel.secrets`, `source.secrets` and what else seals: whatever
 * changes master keys must find each of them.
 */
import type { OpenedSecret, SecretBox } from './secret-box.ts';

/** The id of the owner stands where the box has that of a channel. */
type Place = { readonly projectId: string; readonly channelId: string };

/** Field -> text. */
type PlainSecrets = Readonly<Record<string, string>>;

/** Field -> envelope. */
type SealedSecrets = Readonly<Record<string, string>>;

export function sealAll(
  box: Pick<SecretBox, 'seal'>,
  { projectId, channelId }: Place,
  plain: PlainSecrets,
): SealedSecrets {
  return Object.fromEntries(
    Object.entries(plain).map(([field, text]) => [
      field,
      box.seal(text, { projectId, channelId, field }),
    ]),
  );
}

/** What does not open is named, never taken for unset. */
export function openAll(
  box: Pick<SecretBox, 'open'>,
  { projectId, channelId }: Place,
  sealed: SealedSecrets,
): { readonly plain: PlainSecrets; readonly closed: readonly string[] } {
  const plain: [string, string][] = [];
  const closed: string[] = [];
  for (const [field, envelope] of Object.entries(sealed)) {
    const opened: OpenedSecret = box.open(envelope, { projectId, channelId, field });
    if (opened.ok) plain.push([field, opened.plain]);
    else closed.push(field);
  }
  return { plain: Object.fromEntries(plain), closed };
}

/** That a secret is another one now shows in its envelope; for the audit, which has nothing else. */
export function listReplaced(before: SealedSecrets, after: SealedSecrets) {
  const replaced = Object.entries(after).filter(
    ([field, envelope]) => Object.hasOwn(before, field) && before[field] !== envelope,
  );
  return Object.fromEntries(replaced.map(([field]) => [field, { is_set: true, is_new: true }]));
}
