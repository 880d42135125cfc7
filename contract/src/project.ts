/** Projects: the tenants of a hub. */
import * as z from 'zod/mini';
import { name, projectId, resourceStamps } from './field.ts';

export const newProject = z.strictObject({ project_id: projectId(), name: z.optional(name()) });
export type NewProject = z.output<typeof newProject>;

export const projectPatch = z.strictObject({ name: name() });

export const projectAnswer = z.strictObject({ id: projectId(), ...resourceStamps, name: name() });
export type ProjectAnswer = z.output<typeof projectAnswer>;
