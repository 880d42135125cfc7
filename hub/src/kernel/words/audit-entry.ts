/** What a write leaves in the audit, as the place that writes knows it. Pure. */
import { type ProjectId, projectId } from '#kernel/id.ts';

/** The chain of what belongs to no project: projects made, operators, logins. */
export const HUB_SCOPE = projectId('-');

/** As the API would show it. */
export type AuditSide = Readonly<Record<string, unknown>> | null;

export type AuditEntry = {
  /** `HUB_SCOPE` for what belongs to no project. */
  readonly projectId: ProjectId;
  /** Kind of object and what was done, as `channel.updated`. */
  readonly action: string;
  readonly object: {
    readonly kind: string;
    readonly id: string;
    readonly name: string | null;
  };
  /** Null: it was not there. */
  readonly before: AuditSide;
  /** Null: it is no more. */
  readonly after: AuditSide;
};

/** What every answer about something configured begins with. */
type Shown = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly project_id: string;
  readonly name: string | null;
};

/** Something was made, changed or removed; both sides as the API shows them. */
export function noteChange(kind: string, before: Shown | null, after: Shown | null): AuditEntry {
  const verb = before === null ? 'created' : after === null ? 'deleted' : 'updated';
  const { id = '', project_id: project = '', name = null } = after ?? before ?? {};
  const object = { kind, id, name };
  return { projectId: projectId(project), action: `${kind}.${verb}`, object, before, after };
}

/** Only the fields that differ: of what is large, and changes little. */
export function keepChanges(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): { readonly before: AuditSide; readonly after: AuditSide } {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const changed = [...names].filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  const pick = (side: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(changed.map((name) => [name, side[name] ?? null]));
  return { before: pick(before), after: pick(after) };
}
