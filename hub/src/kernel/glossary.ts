/**
 * The words of Tocsin, one per idea. Folders, tables, URLs, commands, events, metrics and pages
 * use exactly these; a tidy test fails on the synonyms at the end of this file.
 *
 * project       The tenant. Every row belongs to one.
 * source        A configured way in: its kind, its secret, how often we expect to hear from it.
 * event         One inbound report as it was received: redacted, never changed afterwards. It has
 *               a channel type (the kind of the way in), a provider (who sent it) and a stage:
 *               received, updated, resolved or heartbeat.
 * dossier       The evidence about events: envelope, references, correlation, decisions and
 *               duplicates.
 * envelope      What proves an event's origin: provider, stage, URL or references of the source,
 *               and the version of the redaction.
 * fingerprint   What makes two reports the same problem; names the version of its algorithm.
 * alert         One problem that needs a person. It has a lifecycle.
 * timeline      All that happened to an alert, only ever added to: who or what, when and why.
 * policy        What is to happen while nobody answers; made of steps. An alert keeps the policy
 *               it was created under.
 * step          One line of a policy: after how long, who is called and how urgently.
 * round         One calling-out of an alert. Round 0 is its creation.
 * responder     A person who can be called, with addresses on channels and push subscriptions.
 * channel       A configured way out: its kind, its settings, its secrets.
 * rule          Which events and which changes of alerts go to which channel.
 * notification  One message to one target about one event or one change of an alert.
 * attempt       One try at sending a notification.
 * receipt       What a provider or a device tells us about a notification after it was sent.
 * work order    An order in another system, or in our own.
 * device        An edge device or a camera: it reports, and it sends heartbeats.
 * run           One execution of an automated agent or repair, linked to events.
 * recurrence group  Events that share a recurrence key.
 * work item     What is to be done about a recurrence group that keeps coming back.
 * operator      A person with a login.
 * principal     Whoever acts: an operator, a key or a source.
 */

/** Word that is not ours -> the word that is. Plurals are covered. */
export const BANNED_SYNONYMS: Readonly<Record<string, string>> = {
  tenant: 'project',
  customer: 'project',
  organisation: 'project',
  organization: 'project',
  incident: 'alert',
  integration: 'source',
  'inbound report': 'event',
  subscriber: 'responder',
  'on caller': 'responder',
  'contact person': 'responder',
  notifier: 'channel',
  'notification channel': 'channel',
  'routing rule': 'rule',
  'escalation chain': 'policy',
  'escalation path': 'policy',
  'escalation policy': 'policy',
  'escalation step': 'step',
  'alert history': 'timeline',
  'activity log': 'timeline',
  ticket: 'work order',
  workorder: 'work order',
  workitem: 'work item',
  'end user': 'operator',
  'user id': 'operator id',
  'user role': 'role',
};
