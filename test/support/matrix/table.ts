/** All routes of the hub, and who may come: a route that is not here fails the matrix. */
import { ACCESS_ROUTES } from './routes/access.ts';
import { ALERT_ROUTES } from './routes/alert.ts';
import { HUB_ROUTES } from './routes/hub.ts';
import { INTAKE_ROUTES } from './routes/intake.ts';
import { WAYS_OUT_ROUTES } from './routes/ways-out.ts';
import type { MatrixRoute, MatrixTable } from './route.ts';

const MATRIX: MatrixTable = {
  ...ALERT_ROUTES,
  ...INTAKE_ROUTES,
  ...WAYS_OUT_ROUTES,
  ...HUB_ROUTES,
  ...ACCESS_ROUTES,
};

export const MATRIX_NAMES: readonly string[] = Object.keys(MATRIX);

export type NamedRoute = { readonly name: string; readonly route: MatrixRoute };

/** One for each way to use each route. */
export const MATRIX_ROUTES: readonly NamedRoute[] = Object.entries(MATRIX).flatMap(
  ([name, routes]) => [routes].flat().map((route) => ({ name, route })),
);
