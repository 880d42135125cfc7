/** The watch on what watches: sources, devices, and all that an alarm needs on its way. */
import type { OperationGroup } from '#contract/api/operation.ts';
import { resourceOperations } from '#contract/api/resource.ts';
import {
  deviceAnswer,
  devicePatch,
  deviceQuery,
  heartbeatAnswer,
  heartbeatBody,
  newDevice,
  projectQuery,
} from '#contract/supervision/device.ts';
import { doctorAnswer } from '#contract/supervision/doctor.ts';

const DEVICE_OPERATIONS = resourceOperations({
  path: '/api/v1/devices',
  noun: 'Device',
  nouns: 'Devices',
  answer: deviceAnswer,
  create: {
    body: newDevice,
    notes: 'They also register themselves, by their first heartbeat or alarm.',
    errors: ['invalid'],
  },
  patch: { body: devicePatch },
  remove: { notes: 'With its cameras; the alert that it is silent ends.' },
}).map((operation) => {
  if (operation.method === 'POST') return operation;
  const isList = operation.method === 'GET' && !operation.path.endsWith('{id}');
  return { ...operation, query: isList ? deviceQuery : projectQuery };
});

export const SUPERVISION: OperationGroup = {
  name: 'supervision',
  says: 'Whether everything that should raise an alarm would, and would be heard.',
  operations: [
    {
      id: 'beat',
      method: 'POST',
      path: '/api/ai/device/heartbeat',
      summary: 'Say that a box, and its cameras, are there',
      notes: 'One that goes on for a while and then stops is an alert, until it goes on again.',
      access: 'report',
      body: { schema: heartbeatBody },
      answers: { 200: { says: 'It is stored.', schema: heartbeatAnswer } },
      errors: ['invalid', 'not_found'],
      errorShape: 'sender',
    },
    ...DEVICE_OPERATIONS,
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
