/** Content as it would be stored, and where something was masked. Pure. */
import type { JsonValue } from '#kernel/syntax/json.ts';
import { listJsonPlaces, listTextPlaces, type MaskedPlace } from '#redaction/policy/places.ts';
import type { Redactor } from '#redaction/redaction.ts';
import { renderJson, renderJsonLine } from '#app/cli/kit/terminal/json.ts';
import type { Content } from './content.ts';

export type Masked = {
  readonly text: string;
  readonly places: readonly MaskedPlace[];
};

export function maskContent(content: Content, redactor: Redactor): Masked {
  switch (content.kind) {
    case 'text':
    case 'mail': {
      const text = redactor.redactText(content.text).value;
      return { text, places: listTextPlaces(content.text, text) };
    }
    case 'json': {
      const value = redactor.redactJson(content.value).value;
      return { text: renderJson(value), places: listJsonPlaces(content.value, value) };
    }
    case 'json_lines': {
      const lines = content.values.map((value, index) => maskLine(value, { index, redactor }));
      return {
        text: lines.map(({ text }) => text).join('\n'),
        places: lines.flatMap(({ places }) => places),
      };
    }
  }
}

type Line = { readonly index: number; readonly redactor: Redactor };

/** `[2].labels.owner`: the third line. */
function maskLine(before: JsonValue, { index, redactor }: Line): Masked {
  const { value } = redactor.redactJson(before);
  return { text: renderJsonLine(value), places: listJsonPlaces(before, value, `[${index}]`) };
}

/** How often each class was found, the most frequent first. */
export function countClasses(
  places: readonly MaskedPlace[],
): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { class: name } of places) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].toSorted(([, one], [, other]) => other - one);
}
