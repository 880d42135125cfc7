import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  findMailKind,
  hintMailKind,
  isAboutOwnMail,
  MAIL_KIND_LABELS,
  MAIL_KINDS,
} from './mail.ts';

test('a kind of mail is a whole word, whatever its case', () => {
  for (const kind of MAIL_KINDS) {
    assert.equal(findMailKind(kind), kind);
    assert.equal(findMailKind(` ${kind.toUpperCase()} `), kind);
    assert.notEqual(MAIL_KIND_LABELS[kind], '');
  }
  for (const word of ['', 'consegna', 'non-accettazione!', 'accettazione x', 'constructor']) {
    assert.equal(findMailKind(word), null, word);
  }
});

test('names of an older program are known, those that were none of the standard too', () => {
  assert.deepEqual(
    [
      'posta_certificata',
      'non_accettazione',
      'mancata_consegna',
      'mancata-consegna',
      'preavviso_mancata_consegna',
      'rilevazione_virus',
    ].map(findMailKind),
    [
      'posta-certificata',
      'non-accettazione',
      'errore-consegna',
      'errore-consegna',
      'preavviso-errore-consegna',
      'rilevazione-virus',
    ],
  );
});

test('a misspelt kind is named', () => {
  assert.equal(hintMailKind('acettazione'), 'did you mean accettazione?');
  assert.match(hintMailKind('raccomandata'), /^is none of posta-certificata, /);
});

test('mail of ours is known by its Message-ID, wherever it stands among others', () => {
  assert.equal(isAboutOwnMail('<tocsin.0190@lume.example.it>'), true);
  assert.equal(isAboutOwnMail('<a@b.it> <TOCSIN.0190@lume.example.it>'), true);
  for (const other of ['', '<a@b.it>', 'tocsin.', 'see tocsin.example', '<x.tocsin.1@b.it>']) {
    assert.equal(isAboutOwnMail(other), false, other);
  }
});
