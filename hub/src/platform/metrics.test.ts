import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createMetrics } from './metrics.ts';

describe('the metrics', () => {
  test('tell which version runs, on which Node', async () => {
    const text = await createMetrics('1.2.3').registry.metrics();
    const line = `tocsin_build_info{version="1.2.3",node="${process.versions.node}"} 1`;
    assert.ok(text.includes(line), text.slice(0, 500));
  });

  test('are of one family, and named for what they count', async () => {
    const { registry } = createMetrics('1');
    for (const { name, type } of await registry.getMetricsAsJSON()) {
      assert.match(name, /^tocsin_[a-z0-9_]+$/);
      if (String(type) === 'counter') assert.match(name, /_total$/, name);
      if (String(type) === 'histogram') assert.match(name, /_seconds$/, name);
    }
  });

  test('start at nothing, so that a rule can tell nothing from no answer', async () => {
    const text = await createMetrics('1').registry.metrics();
    for (const name of ['tocsin_alerts_total', 'tocsin_intake_events_total']) {
      assert.match(text, new RegExp(`^${name} 0$`, 'm'));
    }
  });

  test('of two hubs in one process are apart', async () => {
    const [first, second] = [createMetrics('1'), createMetrics('1')];
    first.alerts.inc();
    assert.match(await second.registry.metrics(), /^tocsin_alerts_total 0$/m);
  });
});
