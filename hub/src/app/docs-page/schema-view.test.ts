import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { renderField, renderFields, renderText } from './schema-view.ts';

const STEP = {
  type: 'object',
  properties: { delay_s: { type: 'integer', description: 'When.' } },
  required: ['delay_s'],
};

describe('the fields of a schema', () => {
  test('are named with type, duty and words', () => {
    assert.equal(
      renderFields(STEP),
      '<dl><dt><code>delay_s</code> <span class="dim">whole number</span> ' +
        '<strong>required</strong></dt><dd>When.</dd></dl>',
    );
  });

  test('of a list are those of what is in it', () => {
    assert.equal(renderFields({ type: 'array', items: STEP }), renderFields(STEP));
  });

  test('of a choice are those of each', () => {
    const other = { type: 'object', properties: { label: { type: 'string' } } };
    const fields = renderFields({ anyOf: [STEP, other] });
    assert.equal(fields, renderFields(STEP) + renderFields(other));
  });

  test('that have fields show them inside', () => {
    const field = renderField({ name: 'step', isRequired: false, schema: STEP, depth: 0 });
    assert.match(field, /<dd><div class="deeper"><dl><dt><code>delay_s<\/code>/);
    assert.ok(!field.includes('<code>step</code> <span class="dim">object</span> <strong>'));
  });

  test('are not followed without end', () => {
    let deep: Readonly<Record<string, unknown>> = { type: 'string' };
    for (let level = 0; level < 20; level += 1) {
      deep = { type: 'object', properties: { down: deep } };
    }
    assert.ok(renderFields(deep).split('<dl>').length < 8);
  });

  test('of what has a name are behind its link', () => {
    assert.equal(renderFields({ $ref: '#/components/schemas/Alert' }), '');
  });

  test('of a text are none', () => {
    assert.equal(renderFields({ type: 'string' }), '');
  });
});

describe('words of the document', () => {
  test('show code as code, and nothing as markup', () => {
    assert.equal(renderText('`<b>` & more'), '<code>&lt;b&gt;</code> &amp; more');
  });
});
