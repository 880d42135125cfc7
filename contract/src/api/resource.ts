/** The operations that every configured resource has, from the few things that differ. */
import { listOf, pageQuery } from '#contract/field.ts';
import type { WireSchema } from '#contract/wire.ts';
import type { Access, Operation } from './operation.ts';

export type ResourceWords = {
  readonly path: string;
  /** `Channel`, and `Channels` of several: what operation ids end with. */
  readonly noun: string;
  readonly nouns: string;
  readonly answer: WireSchema;
  /** Who may list and show them; whoever reads, unless given. */
  readonly readAccess?: Access;
  readonly create: {
    readonly body: WireSchema;
    readonly answer?: WireSchema;
    readonly access?: Access;
    readonly notes?: string;
    readonly errors?: readonly string[];
  };
  readonly patch?: {
    readonly body: WireSchema;
    readonly notes?: string;
    readonly errors?: readonly string[];
  };
  readonly remove?: { readonly notes?: string; readonly errors?: readonly string[] };
};

export function resourceOperations(words: ResourceWords): readonly Operation[] {
  const { path, noun, nouns, answer, create, patch, remove, readAccess = 'read' } = words;
  const [one, many] = [withArticle(readable(noun)), readable(nouns)];
  const { body, answer: created = answer, access = 'administer', ...moreOfCreate } = create;
  const operations: Operation[] = [
    {
      id: `list${nouns}`,
      method: 'GET',
      path,
      summary: `List ${many}, the newest first`,
      access: readAccess,
      query: pageQuery,
      answers: { 200: { says: 'A page of them.', schema: listOf(answer) } },
      errors: ['invalid', 'not_found'],
    },
    {
      id: `show${noun}`,
      method: 'GET',
      path: `${path}/{id}`,
      summary: `Show one of the ${many}`,
      access: readAccess,
      answers: { 200: { says: 'As it is now.', schema: answer } },
    },
    {
      id: `create${noun}`,
      method: 'POST',
      path,
      summary: `Create ${one}`,
      access,
      body: { schema: body },
      answers: { 201: { says: 'It is there.', schema: created } },
      ...moreOfCreate,
      errors: ['name_taken', 'not_found', ...(create.errors ?? [])],
    },
  ];
  if (patch !== undefined) {
    const { body: patchBody, ...more } = patch;
    operations.push({
      id: `change${noun}`,
      method: 'PATCH',
      path: `${path}/{id}`,
      summary: `Change ${one}; what is left out stays`,
      access: 'administer',
      isVersioned: true,
      body: { schema: patchBody },
      answers: { 200: { says: 'As it is now.', schema: answer } },
      ...more,
      errors: ['name_taken', ...(patch.errors ?? [])],
    });
  }
  if (remove !== undefined) {
    operations.push({
      id: `remove${noun}`,
      method: 'DELETE',
      path: `${path}/{id}`,
      summary: `Remove ${one}`,
      access: 'administer',
      answers: { 204: { says: 'It is gone.' } },
      ...remove,
    });
  }
  return operations;
}

function withArticle(words: string): string {
  return `${/^[aeiou]/.test(words) ? 'an' : 'a'} ${words}`;
}

/** `WorkOrder` as `work order`. */
function readable(noun: string): string {
  return noun.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}
