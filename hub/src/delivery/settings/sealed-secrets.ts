/** Secrets of a channel, each sealed for its project, channel and field. Pure. */
import type { PlainSecrets } from './channel-settings.ts';

type Place = { readonly projectId: string; readonly channelId: string };
type FieldPlace = Place & { readonly field: string };

/** What seals and opens; the keys are its own. */
type Box = {
  readonly seal: (plain: string, place: FieldPlace) => string;
  readonly open: (
    envelope: string,
    place: FieldPlace,
  ) => { readonly ok: true; readonly plain: string } | { readonly ok: false };
};

/** Field -> envelope. */
type SealedSecrets = Readonly<Record<string, string>>;

export function sealAll(
  box: Pick<Box, 'seal'>,
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
  box: Pick<Box, 'open'>,
  { projectId, channelId }: Place,
  sealed: SealedSecrets,
): { readonly plain: PlainSecrets; readonly closed: readonly string[] } {
  const plain: [string, string][] = [];
  const closed: string[] = [];
  for (const [field, envelope] of Object.entries(sealed)) {
    const opened = box.open(envelope, { projectId, channelId, field });
    if (opened.ok) plain.push([field, opened.plain]);
    else closed.push(field);
  }
  return { plain: Object.fromEntries(plain), closed };
}
