/**
 * LiquidJS as we use it: no files, no unknown names, only own properties. Templates are ours;
 * what comes from outside is only ever a value. Pure.
 */
import { Liquid, type Template } from 'liquidjs';
import type { Phrases } from './phrases/phrases.ts';
import { formatInstant, type Instant, MS_PER_MINUTE } from '#kernel/instant.ts';

export type TemplateValues = Readonly<Record<string, unknown>>;
export type RenderTemplate = (values: TemplateValues) => string;

/** `templates` being there means that nothing is looked for in files. */
const BASIS = {
  templates: {},
  strictVariables: true,
  strictFilters: true,
  ownPropertyOnly: true,
} as const;
const TEXT = new Liquid(BASIS);
const HTML = new Liquid({ ...BASIS, outputEscape: 'escape' });

/** All that is filled in is escaped. */
export function createHtmlTemplate(template: string): RenderTemplate {
  return createTemplate(HTML, template);
}

export function createTextTemplate(template: string): RenderTemplate {
  return createTemplate(TEXT, template);
}

function createTemplate(engine: Liquid, template: string): RenderTemplate {
  const parsed: Template[] = engine.parse(template);
  return (values) => String(engine.renderSync(parsed, values));
}

/** Phrases are few and fixed, so each is read once. */
const phrases = new Map<string, RenderTemplate>();

/** Only for phrases of ours: never for a text that came from outside. */
export function renderPhrase(phrase: string, values: TemplateValues = {}): string {
  const known = phrases.get(phrase) ?? createTextTemplate(phrase);
  phrases.set(phrase, known);
  return known(values);
}

/** To the minute, in UTC: people in several zones may read the same message. */
export function renderMoment(words: Phrases, at: Instant): string {
  const [date = '', clock = ''] = formatInstant(at).split('T');
  const [year, month, day] = date.split('-');
  const [hour, minute] = clock.split(':');
  return renderPhrase(words.time.moment, { year, month, day, hour, minute });
}

export function renderDuration(words: Phrases, durationMs: number): string {
  const total = Math.max(1, Math.floor(durationMs / MS_PER_MINUTE));
  const hours = Math.floor(total / 60);
  const minutes = total % 60;
  if (hours === 0) return renderPhrase(words.time.minutes, { minutes });
  const { hours: whole, hoursAndMinutes } = words.time;
  return renderPhrase(minutes === 0 ? whole : hoursAndMinutes, { hours, minutes });
}

export type Place = {
  readonly areaId: string | null;
  readonly cameraId: string | null;
  readonly deviceId: string | null;
};

/** Area, camera and device; empty where none is known. */
export function renderPlace(words: Phrases, place: Place): string {
  const parts = [
    { phrase: words.place.area, id: place.areaId },
    { phrase: words.place.camera, id: place.cameraId },
    { phrase: words.place.device, id: place.deviceId },
  ];
  return parts
    .filter(({ id }) => id !== null && id !== '')
    .map(({ phrase, id }) => renderPhrase(phrase, { id }))
    .join(' · ');
}
