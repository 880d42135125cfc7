/** The source that a principal reports through: its own, or the built-in one of its project. */
import type { Source } from '#intake/source.ts';
import { CodedError } from '#kernel/error-codes.ts';
import type { Principal } from '#kernel/principal.ts';
import type { SourceKind } from '#kernel/words/severity.ts';
import { writableProject } from '#platform/http/resource.ts';
import type { ConfigCache, ProjectConfig } from '#app/project-config.ts';

export type ChosenSource = { readonly config: ProjectConfig; readonly source: Source };

export type ChooseSource = (
  principal: Principal,
  kind: SourceKind,
  givenProject: string | null,
) => Promise<ChosenSource>;

export function createSourceChooser(configs: Pick<ConfigCache, 'load'>): ChooseSource {
  return async (principal, kind, givenProject) => {
    const project = writableProject(principal, givenProject);
    const config = await configs.load(project);
    if (config === null)
      throw new CodedError('not_found', { message: 'There is no such project.' });
    const own = principal.source;
    if (own === null) return { config, source: config.builtInSource(kind) };
    if (own.kind !== kind) {
      const message = `This token is of a source of kind ${own.kind}, not ${kind}.`;
      throw new CodedError('not_found', { message });
    }
    return { config, source: config.findSource(own.sourceId) };
  };
}
