/**
 * Every route of the hub, stage by stage. A route that is not here, or one that is here and not
 * in the hub, fails test/smoke/openapi.test.ts; what the smoke suite is answered is held against
 * this table too.
 */
import type { Operation, OperationGroup } from './operation.ts';
import { ACCESS } from './operations/access.ts';
import { ALERT } from './operations/alert.ts';
import { DELIVERY } from './operations/delivery.ts';
import { ESCALATION } from './operations/escalation.ts';
import { HUB } from './operations/hub.ts';
import { INTAKE } from './operations/intake.ts';
import { SUPERVISION } from './operations/supervision.ts';

export const OPERATION_GROUPS: readonly OperationGroup[] = [
  INTAKE,
  ALERT,
  ESCALATION,
  DELIVERY,
  SUPERVISION,
  ACCESS,
  HUB,
];

export const OPERATIONS: readonly Operation[] = OPERATION_GROUPS.flatMap(
  ({ operations }) => operations,
);
