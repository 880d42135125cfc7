/** Letters with a canary at every place that a certified letter has: proved, and not. */
import { createSigner } from '#test/support/certified-mail/authority.ts';
import {
  PROVIDER,
  writeDaticert,
  writeSigned,
  writeUnsigned,
} from '#test/support/certified-mail/message.ts';
import { CANARIES } from './canaries.ts';

export type Letters = {
  /** Of the authority by which those that are signed are proved. */
  readonly trusted: readonly string[];
  readonly letters: readonly Buffer[];
};

export async function writeLetters(): Promise<Letters> {
  const authority = await createSigner({ name: 'Autorità di prova', isAuthority: true });
  const own = { name: 'Gestore di Prova S.p.A.', issuer: authority, address: PROVIDER };
  const provider = await createSigner(own);
  const letters: Buffer[] = [];
  for (const [index, { text }] of CANARIES.entries()) {
    for (const tipo of ['posta-certificata', 'errore-consegna', 'avvenuta-consegna']) {
      const daticert = writeDaticert({
        tipo,
        sender: text,
        recipients: [text],
        subject: text,
        identifier: `letter-${index} ${text}`,
        // A message id has the form of an address, and mail is joined by it: it is kept.
        messageId: text.startsWith('canary.bird@') ? '<m-1@studio-lume.example.it>' : `<${text}>`,
        recipient: text,
        errorText: text,
      });
      const header = tipo === 'posta-certificata' ? 'X-Trasporto' : 'X-Ricevuta';
      const options = {
        daticert,
        text,
        original: `From: ${text}\nSubject: ${text}\n\n${text}\n`,
        headers: { Subject: text, To: text, 'X-Odd': text, [header]: tipo },
      };
      letters.push(await writeSigned(provider, options));
      letters.push(writeUnsigned({ ...options, headers: { ...options.headers, From: text } }));
    }
  }
  return { trusted: [authority.pem], letters };
}
