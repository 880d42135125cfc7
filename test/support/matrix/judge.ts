/** What somebody should get, by the table and by who they are. */
import type { MatrixPrincipal } from './principals.ts';
import { type MatrixRoute, type MatrixRole, WHO } from './route.ts';
import { NORTH } from './ground.ts';

/**
 * - `done`: as the route promises, in the north;
 * - `elsewhere`: as it promises, in a project of theirs, without a trace of the north;
 * - a status: refused, and nothing has changed.
 */
export type Verdict = 'done' | 'elsewhere' | 401 | 403 | 404;

export function judge(route: MatrixRoute, principal: MatrixPrincipal): Verdict {
  const { who, about } = route;
  const { roles } = principal;
  if (who === 'everyone') return 'done';
  if (roles === null) return 401;
  if (roles === 'hub') return 'done';
  const allowed: readonly MatrixRole[] = WHO[who];
  const where = Object.keys(roles).filter((project) => {
    const role = roles[project];
    return role !== undefined && allowed.includes(role);
  });
  if (where.length === 0) return 403;
  if (route.kind !== undefined && (principal.kind ?? route.kind) !== route.kind) return 404;
  if (where.includes(NORTH) || about === 'hub') return 'done';
  if (about === 'list' || about === 'own') return 'elsewhere';
  return about === 'named' && roles[NORTH] !== undefined ? 403 : 404;
}
