/**
 * Alertmanager's webhook, version 4, which Mimir, vmalert and the notifier of incident.io (it says
 * version 1) speak too. Pure.
 */
import {
  parseWebhook,
  WEBHOOK_ANSWERS,
  type WebhookDialect,
} from '#intake/alertmanager/webhook.ts';
import { NO_MAPPING, type SourceType } from '#intake/source-type.ts';

const DIALECT: WebhookDialect = {
  sender: 'Alertmanager',
  advice: null,
  provider: 'alertmanager',
  refine: () => ({}),
};

export const ALERTMANAGER: SourceType = {
  kind: 'alertmanager',
  summary: 'Alertmanager and whatever sends its webhook (version 4); Prometheus by API v2',
  ...NO_MAPPING,
  parse: (body, context) => parseWebhook(body, context, DIALECT),
  ...WEBHOOK_ANSWERS,
};
