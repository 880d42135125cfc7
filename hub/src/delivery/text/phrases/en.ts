/** English. */
import type { Phrases } from './phrases.ts';

export const EN: Phrases = {
  severity: { critical: 'Critical', high: 'High', medium: 'Medium', low: 'Low', info: 'Info' },
  urgency: {
    critical: 'Critical',
    high: 'High severity',
    medium: 'Medium severity',
    low: 'Low severity',
    info: 'For information',
    unknown: 'Alert',
  },
  status: {
    PENDING: 'Nobody has answered yet',
    DELIVERED: 'Delivered, nobody has answered yet',
    SEEN: 'Seen, not yet acknowledged',
    ACKNOWLEDGED: 'Acknowledged',
    RESOLVED: 'Resolved',
    EXPIRED: 'Expired: nobody answered',
  },
  outcome: {
    help_sent: 'Help was sent',
    false_alarm: 'False alarm',
    fixed: 'Fixed',
    duplicate: 'Duplicate of another alert',
    test: 'It was a test',
    resolved_by_source: 'Reported as over by the source',
    unconfirmed: 'Closed without confirmation',
  },
  untitled: 'Alert without a title',
  someone: 'Someone',
  place: { area: '{{ id }}', camera: 'camera {{ id }}', device: 'device {{ id }}' },
  time: {
    moment: '{{ year }}-{{ month }}-{{ day }} {{ hour }}:{{ minute }} UTC',
    minutes: '{{ minutes }} min',
    hours: '{{ hours }} h',
    hoursAndMinutes: '{{ hours }} h {{ minutes }} min',
  },
  actions: {
    seen: 'I saw it',
    calling: 'I am calling',
    cannot: 'I cannot',
    resolve: 'Resolved',
  },
  test: { mark: '[Test]', sentence: 'This is a test. Nothing has really happened.' },
  mail: {
    subject: {
      created: '{{ urgency }}: {{ title }}',
      escalated: '{{ urgency }}: {{ title }} ({{ label }})',
      seen: 'Seen: {{ title }}',
      acknowledged: 'Acknowledged: {{ title }}',
      resolved: 'Resolved: {{ title }}',
      expired: '{{ urgency }}, nobody answered: {{ title }}',
      received: 'Report: {{ title }}',
      mailReceived: 'New certified message: {{ title }}',
      mailMoved: 'Certified message changed: {{ title }}',
      test: 'Test message from Tocsin',
      other: 'Message from Tocsin: {{ title }}',
    },
    labels: {
      'URGENT reminder': 'URGENT reminder',
      'MAX ESCALATION': 'HIGHEST urgency',
      Again: 'It happened again',
      'Acknowledged, but not resolved': 'Acknowledged, but not resolved',
      'Nobody is called': 'Nobody is called',
      'Next responder': 'You are next',
      'Not delivered': 'First message not delivered',
    },
    numberedReminder: 'Reminder {{ number }}',
    reminder: 'Reminder',
    reasons: {
      Again: 'It has happened again after somebody had already answered. Please look again.',
      'Acknowledged, but not resolved':
        'Somebody had taken this alert, but it was not resolved in time. It needs someone again.',
      'Nobody is called':
        'No rule and no working channel leads to anybody for this alert. \
You are told as an administrator: please take it, or tell someone who can.',
      'Next responder': 'The person called before you cannot take it. You are next.',
      'Not delivered':
        'The first message was not confirmed as delivered, so you are called this way as well.',
    },
    lead: {
      created: 'This alert needs someone. Please answer it.',
      escalated: 'Nobody has answered this alert yet. Please answer it.',
      seen: 'Someone has seen this alert, but nobody has taken it yet.',
      acknowledged: '{{ who }} has taken this alert.',
      resolved: 'This alert is resolved.',
      expired:
        'Nobody answered this alert in time. Please find out what happened: \
it stays on the board until someone closes it with a note.',
      received: 'A report has come in.',
      mailReceived: 'A message has come into a certified mailbox.',
      mailMoved: 'Something has become of a certified message that was sent.',
      test: 'This is how Tocsin reaches you. There is nothing to do.',
      other: 'Tocsin has something to tell you.',
    },
    unanswered: 'Nobody has answered for {{ duration }}. Please answer this alert.',
    acknowledged: {
      seen: '{{ who }} has taken this alert. The calls have stopped for now.',
      calling: '{{ who }} has taken this alert and is calling. The calls have stopped for now.',
      on_site: '{{ who }} has taken this alert and is on site. The calls have stopped for now.',
    },
    resolvedAs: {
      help_sent: 'This alert is resolved: help was sent.',
      false_alarm: 'This alert is resolved: it was a false alarm.',
      fixed: 'This alert is resolved: the problem has been fixed.',
      duplicate: 'This alert is closed: it is a duplicate of another one.',
      test: 'This alert is closed: it was a test.',
      resolved_by_source: 'This alert is resolved: the source reports that it is over.',
      unconfirmed:
        'This alert was closed because its time ran out. Nobody confirmed that all is well.',
    },
    next: 'If nobody answers, the next call goes out at {{ time }}.',
    facts: {
      where: 'Where',
      since: 'Since',
      severity: 'Severity',
      status: 'Status',
      reminder: 'Call',
      seenAt: 'Seen',
      acknowledgedBy: 'Taken by',
      outcome: 'Outcome',
      occurrences: 'Times reported',
      source: 'Reported by',
      reference: 'Reference',
    },
    colon: ': ',
    details: 'Details',
    moreDetails: '{{ number }} more not shown here',
    linksSafe: 'Opening a link does nothing yet: it counts when you press the button on the page.',
    openSource: 'Open it where it was reported',
    footer: 'Sent by Tocsin to {{ recipient }}.',
  },
  page: {
    ask: 'Can you take it?',
    recipient: 'For {{ recipient }}',
    since: 'Since {{ time }}',
    hints: {
      calling: 'You take it, and the others see that you are calling.',
      seen: 'You take it, and the calls stop.',
      cannot: 'Someone else is called at once.',
    },
    cannot: 'I cannot: call the next one',
    held: {
      seen: '{{ who }} has had it since {{ time }}.',
      calling: '{{ who }} has been calling since {{ time }}.',
      on_site: '{{ who }} has been on site since {{ time }}.',
    },
    resolve: {
      summary: 'It is resolved …',
      outcome: 'What happened?',
      choose: 'Please choose',
      detail: 'Note (not required)',
      submit: 'Record as resolved',
    },
    chosenOutcome: {
      help_sent: 'Help was sent',
      false_alarm: 'False alarm',
      fixed: 'The problem is fixed',
      duplicate: 'Duplicate of another alert',
      test: 'It was a test',
    },
    recordedSeen: {
      heading: 'You have it. Thank you.',
      text: 'Recorded at {{ time }}: you saw it. The calls have stopped.',
    },
    recordedCalling: {
      heading: 'You have it. Thank you.',
      text: 'Recorded at {{ time }}: you are calling. The other calls have stopped.',
    },
    resolved: {
      heading: 'Resolved. Thank you.',
      text: 'Recorded at {{ time }}: {{ outcome }}.',
    },
    alreadyAcknowledged: {
      heading: '{{ who }} already has it',
      text: '{{ who }} acknowledged this alert at {{ time }}. Your answer is noted as well.',
    },
    alreadyResolved: {
      heading: 'Already resolved',
      text: 'This alert was resolved at {{ time }}. There is nothing more to do.',
    },
    expiredClosed: {
      heading: 'Noted and closed',
      text: 'The time to answer had run out. Your answer is noted, and the alert is closed.',
    },
    callingNext: {
      heading: 'Recorded: you cannot',
      text: '{{ who }} is being called now.',
    },
    callingSomeone: {
      heading: 'Recorded: you cannot',
      text: 'The next person is being called now.',
    },
    nobodyNext: {
      heading: 'Recorded, but nobody else is left',
      text: 'The alert stays open. If you possibly can, take it or phone someone yourself.',
    },
    outcomeMissing: {
      heading: 'Not recorded yet',
      text: 'Please choose what happened, then press the button again.',
    },
    notRecorded: {
      heading: 'NOT recorded',
      text: 'Something went wrong on our side. Press again; if that fails, phone someone.',
    },
    linkExpired: {
      heading: 'This link has expired',
      text: 'Nothing was recorded. Use the newest message about this alert, or phone someone.',
    },
    linkUnknown: {
      heading: 'This link does not work',
      text: 'Nothing was recorded. Part of it may be missing: open it again from the message.',
    },
  },
};
