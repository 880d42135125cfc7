/** The watch on what watches: sources, devices, and all that an alarm needs on its way. */
import type { OperationGroup } from '#contract/api/operation.ts';
import { doctorAnswer } from '#contract/supervision/doctor.ts';

export const SUPERVISION: OperationGroup = {
  name: 'supervision',
  says: 'Whether everything that should raise an alarm would, and would be heard.',
  operations: [
    {
      id: 'examine',
      method: 'POST',
      path: '/api/v1/doctor',
      summary: 'Look at everything that an alarm needs on its way',
      notes: 'Opens connections to the servers of channels; changes nothing and sends nothing.',
      access: 'operate',
      answers: { 200: { says: 'What was found, and what to do.', schema: doctorAnswer } },
    },
  ],
};
