/** Italian. */
import type { Phrases } from './phrases.ts';

export const IT: Phrases = {
  severity: {
    critical: 'Critica',
    high: 'Alta',
    medium: 'Media',
    low: 'Bassa',
    info: 'Informativa',
  },
  urgency: {
    critical: 'Critico',
    high: 'Gravità alta',
    medium: 'Gravità media',
    low: 'Gravità bassa',
    info: 'Per conoscenza',
    unknown: 'Allarme',
  },
  status: {
    PENDING: 'Nessuno ha ancora risposto',
    DELIVERED: 'Consegnato, nessuno ha ancora risposto',
    SEEN: 'Visto, non ancora preso in carico',
    ACKNOWLEDGED: 'Preso in carico',
    RESOLVED: 'Risolto',
    EXPIRED: 'Scaduto: nessuno ha risposto',
  },
  outcome: {
    help_sent: 'Sono stati inviati soccorsi',
    false_alarm: 'Falso allarme',
    fixed: 'Problema risolto',
    duplicate: 'Doppione di un altro allarme',
    test: 'Era una prova',
    resolved_by_source: 'Fine segnalata dalla sorgente',
    unconfirmed: 'Chiuso senza conferma',
  },
  untitled: 'Allarme senza titolo',
  someone: 'Qualcuno',
  place: { area: '{{ id }}', camera: 'telecamera {{ id }}', device: 'dispositivo {{ id }}' },
  time: {
    moment: '{{ day }}/{{ month }}/{{ year }}, ore {{ hour }}:{{ minute }} UTC',
    minutes: '{{ minutes }} min',
    hours: '{{ hours }} h',
    hoursAndMinutes: '{{ hours }} h {{ minutes }} min',
  },
  actions: {
    seen: 'Ho visto',
    calling: 'Sto chiamando',
    cannot: 'Non posso',
    resolve: 'Risolto',
  },
  test: { mark: '[Prova]', sentence: 'Questa è una prova. In realtà non è successo nulla.' },
  mail: {
    subject: {
      created: '{{ urgency }}: {{ title }}',
      escalated: '{{ urgency }}: {{ title }} ({{ label }})',
      seen: 'Visto: {{ title }}',
      acknowledged: 'Preso in carico: {{ title }}',
      resolved: 'Risolto: {{ title }}',
      expired: '{{ urgency }}, nessuno ha risposto: {{ title }}',
      received: 'Segnalazione: {{ title }}',
      mailReceived: 'Nuovo messaggio PEC: {{ title }}',
      mailMoved: 'Cambio stato PEC: {{ title }}',
      test: 'Messaggio di prova da Tocsin',
      other: 'Messaggio da Tocsin: {{ title }}',
    },
    labels: {
      'URGENT reminder': 'Sollecito URGENTE',
      'MAX ESCALATION': 'MASSIMA urgenza',
      Again: 'È successo di nuovo',
      'Acknowledged, but not resolved': 'Preso in carico, ma non risolto',
      'Nobody is called': 'Non viene chiamato nessuno',
      'Next responder': 'Ora tocca a Lei',
      'Not delivered': 'Primo messaggio non consegnato',
    },
    numberedReminder: 'Sollecito {{ number }}',
    reminder: 'Sollecito',
    reasons: {
      Again: 'È successo di nuovo dopo che qualcuno aveva già risposto. Si prega di verificare.',
      'Acknowledged, but not resolved':
        'Qualcuno aveva preso in carico questo allarme, ma non è stato risolto in tempo. \
Serve di nuovo qualcuno.',
      'Nobody is called':
        'Per questo allarme nessuna regola e nessun canale attivo porta a una persona. \
Riceve questo messaggio come amministratore: lo prenda in carico o avvisi qualcuno.',
      'Next responder': 'La persona chiamata prima di Lei non può occuparsene. Ora tocca a Lei.',
      'Not delivered':
        'La consegna del primo messaggio non è confermata: La chiamiamo anche per questa via.',
    },
    lead: {
      created: 'Questo allarme ha bisogno di qualcuno. Si prega di rispondere.',
      escalated: 'Nessuno ha ancora risposto a questo allarme. Si prega di rispondere.',
      seen: 'Qualcuno ha visto questo allarme, ma nessuno lo ha ancora preso in carico.',
      acknowledged: '{{ who }} ha preso in carico questo allarme.',
      resolved: 'Questo allarme è risolto.',
      expired:
        'Nessuno ha risposto in tempo a questo allarme. Si prega di verificare \
che cosa è successo: resta in elenco finché qualcuno non lo chiude con una nota.',
      received: 'È arrivata una segnalazione.',
      mailReceived: 'È arrivato un messaggio in una casella PEC.',
      mailMoved: 'È cambiato lo stato di una PEC inviata.',
      test: 'È così che Tocsin La raggiunge. Non c’è nulla da fare.',
      other: 'Tocsin ha qualcosa da comunicare.',
    },
    unanswered: 'Nessuno risponde da {{ duration }}. Si prega di rispondere a questo allarme.',
    acknowledged: {
      seen: '{{ who }} ha preso in carico questo allarme. Le chiamate per ora si fermano.',
      calling:
        '{{ who }} ha preso in carico questo allarme e sta chiamando. \
Le altre chiamate per ora si fermano.',
      on_site:
        '{{ who }} ha preso in carico questo allarme ed è sul posto. \
Le chiamate per ora si fermano.',
    },
    resolvedAs: {
      help_sent: 'Questo allarme è risolto: sono stati inviati soccorsi.',
      false_alarm: 'Questo allarme è risolto: era un falso allarme.',
      fixed: 'Questo allarme è risolto: il problema è stato eliminato.',
      duplicate: 'Questo allarme è chiuso: è il doppione di un altro.',
      test: 'Questo allarme è chiuso: era una prova.',
      resolved_by_source: 'Questo allarme è risolto: la sorgente segnala che è finito.',
      unconfirmed:
        'Questo allarme è stato chiuso perché il tempo è scaduto. \
Nessuno ha confermato che va tutto bene.',
    },
    next: 'Se nessuno risponde, la prossima chiamata parte il {{ time }}.',
    facts: {
      where: 'Luogo',
      since: 'Da',
      severity: 'Gravità',
      status: 'Stato',
      reminder: 'Chiamata',
      seenAt: 'Visto',
      acknowledgedBy: 'Preso in carico da',
      outcome: 'Esito',
      occurrences: 'Numero di segnalazioni',
      source: 'Segnalato da',
      reference: 'Riferimento',
    },
    colon: ': ',
    details: 'Dettagli',
    moreDetails: 'altri {{ number }} non mostrati qui',
    linksSafe: 'Aprire un collegamento non ha alcun effetto: vale solo il pulsante nella pagina.',
    openSource: 'Apri dove è stato segnalato',
    footer: 'Inviato da Tocsin a {{ recipient }}.',
  },
  page: {
    ask: 'Può occuparsene?',
    recipient: 'Per {{ recipient }}',
    since: 'Dal {{ time }}',
    hints: {
      calling: 'Se ne occupa Lei e gli altri vedono che sta chiamando.',
      seen: 'Se ne occupa Lei e le chiamate si fermano.',
      cannot: 'Viene chiamato subito qualcun altro.',
    },
    cannot: 'Non posso: chiamare il prossimo',
    held: {
      seen: '{{ who }} se ne occupa dal {{ time }}.',
      calling: '{{ who }} sta chiamando dal {{ time }}.',
      on_site: '{{ who }} è sul posto dal {{ time }}.',
    },
    resolve: {
      summary: 'È risolto…',
      outcome: 'Che cosa è successo?',
      choose: 'Scegliere',
      detail: 'Nota (facoltativa)',
      submit: 'Registra come risolto',
    },
    chosenOutcome: {
      help_sent: 'Sono stati inviati soccorsi',
      false_alarm: 'Falso allarme',
      fixed: 'Il problema è stato eliminato',
      duplicate: 'Doppione di un altro allarme',
      test: 'Era una prova',
    },
    recordedSeen: {
      heading: 'Se ne occupa Lei. Grazie.',
      text: 'Registrato il {{ time }}: ha visto l’allarme. Le chiamate si sono fermate.',
    },
    recordedCalling: {
      heading: 'Se ne occupa Lei. Grazie.',
      text: 'Registrato il {{ time }}: sta chiamando. Le altre chiamate si sono fermate.',
    },
    resolved: {
      heading: 'Risolto. Grazie.',
      text: 'Registrato il {{ time }}: {{ outcome }}.',
    },
    alreadyAcknowledged: {
      heading: 'Se ne occupa già {{ who }}',
      text: '{{ who }} ha preso in carico l’allarme il {{ time }}. \
Anche la Sua risposta è stata annotata.',
    },
    alreadyResolved: {
      heading: 'Già risolto',
      text: 'Questo allarme è stato risolto il {{ time }}. Non c’è altro da fare.',
    },
    expiredClosed: {
      heading: 'Annotato e chiuso',
      text: 'Il tempo per rispondere era scaduto. \
La Sua risposta è stata annotata e l’allarme è chiuso.',
    },
    callingNext: {
      heading: 'Registrato: non può',
      text: 'La chiamata parte ora verso {{ who }}.',
    },
    callingSomeone: {
      heading: 'Registrato: non può',
      text: 'Ora viene chiamata la prossima persona.',
    },
    nobodyNext: {
      heading: 'Registrato, ma non resta nessun altro',
      text: 'L’allarme resta aperto. Se appena può, se ne occupi o telefoni a qualcuno.',
    },
    outcomeMissing: {
      heading: 'Non ancora registrato',
      text: 'Scelga che cosa è successo, poi prema di nuovo il pulsante.',
    },
    notRecorded: {
      heading: 'NON registrato',
      text: 'C’è stato un errore da parte nostra. Riprovi; se non riesce, telefoni a qualcuno.',
    },
    linkExpired: {
      heading: 'Questo collegamento è scaduto',
      text: 'Non è stato registrato nulla. Apra il messaggio più recente o telefoni a qualcuno.',
    },
    linkUnknown: {
      heading: 'Questo collegamento non funziona',
      text: 'Non è stato registrato nulla. Forse ne manca una parte: lo riapra dal messaggio.',
    },
  },
};
