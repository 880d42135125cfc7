/** French. Colons and the like have a space that does not break before them. */
import type { Phrases } from './phrases.ts';

export const FR: Phrases = {
  severity: {
    critical: 'Critique',
    high: 'Élevée',
    medium: 'Moyenne',
    low: 'Faible',
    info: 'Information',
  },
  urgency: {
    critical: 'Critique',
    high: 'Gravité élevée',
    medium: 'Gravité moyenne',
    low: 'Gravité faible',
    info: 'Pour information',
    unknown: 'Alerte',
  },
  status: {
    PENDING: 'Personne n’a encore répondu',
    DELIVERED: 'Remise, personne n’a encore répondu',
    SEEN: 'Vue, pas encore prise en charge',
    ACKNOWLEDGED: 'Prise en charge',
    RESOLVED: 'Résolue',
    EXPIRED: 'Expirée\u00a0: personne n’a répondu',
  },
  outcome: {
    help_sent: 'Des secours ont été envoyés',
    false_alarm: 'Fausse alerte',
    fixed: 'Problème réglé',
    duplicate: 'Doublon d’une autre alerte',
    test: 'C’était un test',
    resolved_by_source: 'Fin signalée par la source',
    unconfirmed: 'Clôturée sans confirmation',
  },
  untitled: 'Alerte sans titre',
  someone: 'Quelqu’un',
  place: { area: '{{ id }}', camera: 'caméra {{ id }}', device: 'appareil {{ id }}' },
  time: {
    moment: '{{ day }}/{{ month }}/{{ year }} à {{ hour }}:{{ minute }} UTC',
    minutes: '{{ minutes }}\u00a0min',
    hours: '{{ hours }}\u00a0h',
    hoursAndMinutes: '{{ hours }}\u00a0h {{ minutes }}\u00a0min',
  },
  actions: {
    seen: 'J’ai vu',
    calling: 'J’appelle',
    cannot: 'Je ne peux pas',
    resolve: 'C’est résolu',
  },
  test: { mark: '[Essai]', sentence: 'Ceci est un essai. Il ne s’est rien passé en réalité.' },
  mail: {
    subject: {
      created: '{{ urgency }}\u00a0: {{ title }}',
      escalated: '{{ urgency }}\u00a0: {{ title }} ({{ label }})',
      seen: 'Vue\u00a0: {{ title }}',
      acknowledged: 'Prise en charge\u00a0: {{ title }}',
      resolved: 'Résolue\u00a0: {{ title }}',
      expired: '{{ urgency }}, personne n’a répondu\u00a0: {{ title }}',
      received: 'Signalement\u00a0: {{ title }}',
      mailReceived: 'Nouveau message PEC\u00a0: {{ title }}',
      mailMoved: 'Changement d’état PEC\u00a0: {{ title }}',
      test: 'Message de test de Tocsin',
      other: 'Message de Tocsin\u00a0: {{ title }}',
    },
    labels: {
      'URGENT reminder': 'Rappel URGENT',
      'MAX ESCALATION': 'Urgence MAXIMALE',
      Again: 'Cela se reproduit',
      'Acknowledged, but not resolved': 'Prise en charge, mais non résolue',
      'Nobody is called': 'Personne n’est appelé',
      'Next responder': 'À vous de répondre',
      'Not delivered': 'Premier message non remis',
    },
    numberedReminder: 'Rappel {{ number }}',
    reminder: 'Rappel',
    reasons: {
      Again: 'Cela s’est reproduit alors que quelqu’un avait déjà répondu. Merci de vérifier.',
      'Acknowledged, but not resolved':
        'Quelqu’un avait pris cette alerte en charge, mais elle n’a pas été résolue à temps. \
Il faut de nouveau quelqu’un.',
      'Nobody is called':
        'Aucune règle ni aucun canal en service ne mène à quelqu’un pour cette alerte. \
Vous êtes prévenu en tant qu’administrateur\u00a0: prenez-la en charge ou prévenez quelqu’un.',
      'Next responder': 'La personne appelée avant vous ne peut pas s’en charger. C’est à vous.',
      'Not delivered':
        'La remise du premier message n’a pas été confirmée. Vous êtes donc appelé par cette voie.',
    },
    lead: {
      created: 'Cette alerte attend quelqu’un. Merci d’y répondre.',
      escalated: 'Personne n’a encore répondu à cette alerte. Merci d’y répondre.',
      seen: 'Quelqu’un a vu cette alerte, mais personne ne l’a encore prise en charge.',
      acknowledged: '{{ who }} a pris cette alerte en charge.',
      resolved: 'Cette alerte est résolue.',
      expired:
        'Personne n’a répondu à temps à cette alerte. Merci de vérifier ce qui s’est passé\u00a0: \
elle reste affichée tant que personne ne la clôture avec une note.',
      received: 'Un signalement est arrivé.',
      mailReceived: 'Un message est arrivé dans une boîte certifiée.',
      mailMoved: 'L’état d’un message certifié envoyé a changé.',
      test: 'C’est ainsi que Tocsin vous joint. Il n’y a rien à faire.',
      other: 'Tocsin a quelque chose à vous dire.',
    },
    unanswered: 'Personne n’a répondu depuis {{ duration }}. Merci de répondre à cette alerte.',
    acknowledged: {
      seen: '{{ who }} a pris cette alerte en charge. Les appels s’arrêtent pour l’instant.',
      calling:
        '{{ who }} a pris cette alerte en charge et appelle. \
Les autres appels s’arrêtent pour l’instant.',
      on_site:
        '{{ who }} a pris cette alerte en charge et se trouve sur place. \
Les appels s’arrêtent pour l’instant.',
    },
    resolvedAs: {
      help_sent: 'Cette alerte est résolue\u00a0: des secours ont été envoyés.',
      false_alarm: 'Cette alerte est résolue\u00a0: c’était une fausse alerte.',
      fixed: 'Cette alerte est résolue\u00a0: le problème est réglé.',
      duplicate: 'Cette alerte est clôturée\u00a0: elle fait double emploi avec une autre.',
      test: 'Cette alerte est clôturée\u00a0: c’était un test.',
      resolved_by_source: 'Cette alerte est résolue\u00a0: la source signale que c’est terminé.',
      unconfirmed:
        'Cette alerte a été clôturée parce que son délai est écoulé. \
Personne n’a confirmé que tout va bien.',
    },
    next: 'Sans réponse, le prochain appel partira le {{ time }}.',
    facts: {
      where: 'Lieu',
      since: 'Depuis',
      severity: 'Gravité',
      status: 'État',
      reminder: 'Appel',
      seenAt: 'Vue',
      acknowledgedBy: 'Prise en charge par',
      outcome: 'Issue',
      occurrences: 'Nombre de signalements',
      source: 'Signalée par',
      reference: 'Référence',
    },
    colon: '\u00a0: ',
    details: 'Précisions',
    moreDetails: '{{ number }} de plus, non affichées ici',
    linksSafe:
      'Ouvrir un lien ne fait rien\u00a0: c’est le bouton de la page qui enregistre la réponse.',
    openSource: 'Ouvrir là où elle a été signalée',
    footer: 'Envoyé par Tocsin à {{ recipient }}.',
  },
  page: {
    ask: 'Pouvez-vous vous en charger\u00a0?',
    recipient: 'Pour {{ recipient }}',
    since: 'Depuis le {{ time }}',
    hints: {
      calling: 'Vous vous en chargez et les autres voient que vous appelez.',
      seen: 'Vous vous en chargez et les appels s’arrêtent.',
      cannot: 'Quelqu’un d’autre est appelé aussitôt.',
    },
    cannot: 'Je ne peux pas\u00a0: appeler la personne suivante',
    held: {
      seen: '{{ who }} s’en charge depuis le {{ time }}.',
      calling: '{{ who }} appelle depuis le {{ time }}.',
      on_site: '{{ who }} est sur place depuis le {{ time }}.',
    },
    resolve: {
      summary: 'C’est résolu…',
      outcome: 'Que s’est-il passé\u00a0?',
      choose: 'Veuillez choisir',
      detail: 'Note (facultative)',
      submit: 'Enregistrer comme résolue',
    },
    chosenOutcome: {
      help_sent: 'Des secours ont été envoyés',
      false_alarm: 'Fausse alerte',
      fixed: 'Le problème est réglé',
      duplicate: 'Doublon d’une autre alerte',
      test: 'C’était un test',
    },
    recordedSeen: {
      heading: 'Vous vous en chargez. Merci.',
      text: 'Enregistré le {{ time }}\u00a0: vous avez vu l’alerte. Les appels sont arrêtés.',
    },
    recordedCalling: {
      heading: 'Vous vous en chargez. Merci.',
      text: 'Enregistré le {{ time }}\u00a0: vous appelez. Les autres appels sont arrêtés.',
    },
    resolved: {
      heading: 'Résolue. Merci.',
      text: 'Enregistré le {{ time }}\u00a0: {{ outcome }}.',
    },
    alreadyAcknowledged: {
      heading: '{{ who }} s’en charge déjà',
      text: '{{ who }} a pris l’alerte en charge le {{ time }}. Votre réponse est notée aussi.',
    },
    alreadyResolved: {
      heading: 'Déjà résolue',
      text: 'Cette alerte a été résolue le {{ time }}. Il n’y a plus rien à faire.',
    },
    expiredClosed: {
      heading: 'Noté, alerte clôturée',
      text: 'Le délai de réponse était écoulé. Votre réponse est notée et l’alerte est clôturée.',
    },
    callingNext: {
      heading: 'Enregistré\u00a0: vous ne pouvez pas',
      text: 'L’appel part maintenant vers {{ who }}.',
    },
    callingSomeone: {
      heading: 'Enregistré\u00a0: vous ne pouvez pas',
      text: 'La personne suivante est appelée maintenant.',
    },
    nobodyNext: {
      heading: 'Enregistré, mais il ne reste personne',
      text: 'L’alerte reste ouverte. Si vous le pouvez, chargez-vous-en ou téléphonez à quelqu’un.',
    },
    outcomeMissing: {
      heading: 'Pas encore enregistré',
      text: 'Choisissez ce qui s’est passé, puis appuyez de nouveau sur le bouton.',
    },
    notRecorded: {
      heading: 'NON enregistré',
      text: 'Une erreur s’est produite chez nous. Réessayez\u00a0; sinon, téléphonez à quelqu’un.',
    },
    linkExpired: {
      heading: 'Ce lien a expiré',
      text: 'Rien n’a été enregistré. Ouvrez le message le plus récent ou téléphonez à quelqu’un.',
    },
    linkUnknown: {
      heading: 'Ce lien ne fonctionne pas',
      text: 'Rien n’a été enregistré. Il est peut-être coupé\u00a0: rouvrez-le dans le message.',
    },
  },
};
