import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSeats } from './seats.ts';

/** What has happened once all that could has. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('as many sit as there are seats, the others in the order in which they came', async () => {
  const seats = createSeats(2, 2);
  const seated: string[] = [];
  const take = async (name: string) => {
    const leave = await seats.take();
    seated.push(name);
    return leave;
  };
  const first = await take('first');
  await take('second');
  const third = take('third');
  const fourth = take('fourth');
  await turn();
  assert.deepEqual(seated, ['first', 'second']);
  first();
  // Whoever has left has left.
  first();
  (await third)();
  await fourth;
  assert.deepEqual(seated, ['first', 'second', 'third', 'fourth']);
});

test('a line that is too long is not joined', async () => {
  const seats = createSeats(1, 1);
  const leave = await seats.take();
  const second = seats.take();
  await assert.rejects(seats.take(), /could not be stored now/);
  leave();
  (await second)();
  await seats.take();
});
