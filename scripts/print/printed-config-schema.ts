/** The JSON Schema of the file of `tocsin apply`, by which editors complete and check it. */
import { anyConfigFile } from '#contract/config/file.ts';
import { printSchema } from '#contract/wire.ts';

export function renderConfigSchema(): string {
  const title = 'Tocsin: configuration as code';
  return `${JSON.stringify({ title, ...toObject(printSchema(anyConfigFile)) }, null, 2)}\n`;
}

function toObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
