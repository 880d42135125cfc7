import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LANGUAGES, type Language } from '#kernel/words/language.ts';
import { readHtml } from './html-reading.fixture.ts';
import { renderMailText } from './mail-text.ts';
import { createNotification } from './notification.fixture.ts';
import { PHRASE_BOOK } from './phrases/phrase-book.ts';

type Golden = { readonly title: string; readonly subject: string; readonly text: string };

/** The second reminder of a fall at night, read by somebody who was asleep. */
const GOLDEN: Readonly<Record<Language, Golden>> = {
  en: {
    title: 'Fall detected',
    subject: 'Critical: Fall detected (Reminder 2)',
    text: `Critical: Fall detected (Reminder 2)

Nobody has answered for 5 min. Please answer this alert.
If nobody answers, the next call goes out at 2026-03-04 02:20 UTC.

I am calling:
https://hub.example/a/t2

I saw it:
https://hub.example/a/t1

I cannot:
https://hub.example/a/t3

Resolved:
https://hub.example/a/t4

Opening a link does nothing yet: it counts when you press the button on the page.

Where: Room 12 · camera 07 · device edge-3
Since: 2026-03-04 02:09 UTC
Severity: Critical
Call: Reminder 2
Reported by: Fall cameras
Reference: al_7
Open it where it was reported:
https://cameras.example/alarm/7

Details
  summary: On the floor for 12 s
    No movement since
  wing: North

Sent by Tocsin to Marc Weber.
`,
  },
  fr: {
    title: 'Chute détectée',
    subject: 'Critique\u00a0: Chute détectée (Rappel 2)',
    text: `Critique\u00a0: Chute détectée (Rappel 2)

Personne n’a répondu depuis 5\u00a0min. Merci de répondre à cette alerte.
Sans réponse, le prochain appel partira le 04/03/2026 à 02:20 UTC.

J’appelle\u00a0:
https://hub.example/a/t2

J’ai vu\u00a0:
https://hub.example/a/t1

Je ne peux pas\u00a0:
https://hub.example/a/t3

C’est résolu\u00a0:
https://hub.example/a/t4

Ouvrir un lien ne fait rien\u00a0: c’est le bouton de la page qui enregistre la réponse.

Lieu\u00a0: Room 12 · caméra 07 · appareil edge-3
Depuis\u00a0: 04/03/2026 à 02:09 UTC
Gravité\u00a0: Critique
Appel\u00a0: Rappel 2
Signalée par\u00a0: Fall cameras
Référence\u00a0: al_7
Ouvrir là où elle a été signalée\u00a0:
https://cameras.example/alarm/7

Précisions
  summary\u00a0: On the floor for 12 s
    No movement since
  wing\u00a0: North

Envoyé par Tocsin à Marc Weber.
`,
  },
  it: {
    title: 'Caduta rilevata',
    subject: 'Critico: Caduta rilevata (Sollecito 2)',
    text: `Critico: Caduta rilevata (Sollecito 2)

Nessuno risponde da 5 min. Si prega di rispondere a questo allarme.
Se nessuno risponde, la prossima chiamata parte il 04/03/2026, ore 02:20 UTC.

Sto chiamando:
https://hub.example/a/t2

Ho visto:
https://hub.example/a/t1

Non posso:
https://hub.example/a/t3

Risolto:
https://hub.example/a/t4

Aprire un collegamento non ha alcun effetto: vale solo il pulsante nella pagina.

Luogo: Room 12 · telecamera 07 · dispositivo edge-3
Da: 04/03/2026, ore 02:09 UTC
Gravità: Critica
Chiamata: Sollecito 2
Segnalato da: Fall cameras
Riferimento: al_7
Apri dove è stato segnalato:
https://cameras.example/alarm/7

Dettagli
  summary: On the floor for 12 s
    No movement since
  wing: North

Inviato da Tocsin a Marc Weber.
`,
  },
  'zh-Hans': {
    title: '检测到跌倒',
    subject: '紧急：检测到跌倒（第 2 次提醒）',
    text: `紧急：检测到跌倒（第 2 次提醒）

已有 5 分钟无人应答，请应答这条警报。
如果无人应答，下一次呼叫将于 2026年03月04日 02:20 UTC 发出。

我正在打电话：
https://hub.example/a/t2

我看到了：
https://hub.example/a/t1

我处理不了：
https://hub.example/a/t3

已解决：
https://hub.example/a/t4

打开链接不会有任何作用：在页面上按下按钮才算应答。

地点：Room 12 · 摄像头 07 · 设备 edge-3
开始时间：2026年03月04日 02:09 UTC
严重程度：紧急
呼叫：第 2 次提醒
报告来源：Fall cameras
编号：al_7
在报告来源处打开：
https://cameras.example/alarm/7

详细信息
  summary：On the floor for 12 s
    No movement since
  wing：North

由 Tocsin 发送给 Marc Weber。
`,
  },
  'zh-Hant': {
    title: '偵測到跌倒',
    subject: '緊急：偵測到跌倒（第 2 次提醒）',
    text: `緊急：偵測到跌倒（第 2 次提醒）

已有 5 分鐘無人回應，請回應這則警報。
如果無人回應，下一次呼叫將於 2026年03月04日 02:20 UTC 發出。

我正在打電話：
https://hub.example/a/t2

我看到了：
https://hub.example/a/t1

我無法處理：
https://hub.example/a/t3

已解決：
https://hub.example/a/t4

開啟連結不會有任何作用：在頁面上按下按鈕才算回應。

地點：Room 12 · 攝影機 07 · 裝置 edge-3
開始時間：2026年03月04日 02:09 UTC
嚴重程度：緊急
呼叫：第 2 次提醒
通報來源：Fall cameras
編號：al_7
在通報來源處開啟：
https://cameras.example/alarm/7

詳細資訊
  summary：On the floor for 12 s
    No movement since
  wing：North

由 Tocsin 寄送給 Marc Weber。
`,
  },
};

for (const language of LANGUAGES) {
  test(`${language}: the reminder of a fall reads as it should`, () => {
    const { title, subject, text } = GOLDEN[language];
    const mail = renderMailText(createNotification({ language }, { title }));
    assert.equal(mail.subject, subject);
    assert.equal(mail.text, text);
  });

  test(`${language}: the page of the mail says the same as its text`, () => {
    const { title, text } = GOLDEN[language];
    const { html } = renderMailText(createNotification({ language }, { title }));
    const { elements, text: shown } = readHtml(html);
    assert.equal(elements.find(({ name }) => name === 'html')?.attributes['lang'], language);
    const parts = text
      .split('\n')
      .slice(1)
      .flatMap((line) => line.split(/\s?: |\uff1a| · /));
    // The place stands under the title, without the word for it.
    const told = parts.filter((part) => part !== PHRASE_BOOK[language].mail.facts.where);
    for (const words of told.map((part) => part.trim().replace(/\s*:$/, ''))) {
      if (!words.startsWith('https://')) assert.ok(shown.includes(words), words);
    }
  });
}

test('the buttons link to the pages of the actions, in the order of their use', () => {
  const { elements } = readHtml(renderMailText(createNotification()).html);
  const links = elements.filter(({ name }) => name === 'a').map((each) => each.attributes['href']);
  const pages = ['t2', 't1', 't3', 't4'].map((token) => 'https://hub.example/a/' + token);
  assert.deepEqual(links, [...pages, 'https://cameras.example/alarm/7']);
});

test('where nothing is asked of anybody there is neither button nor advice about links', () => {
  const { text, html } = renderMailText(createNotification({ actions: null }));
  for (const part of [text, html]) {
    assert.ok(!part.includes('hub.example'));
    assert.ok(!part.includes('Opening a link'));
  }
});

const FIRST = {
  eventType: 'alert.created',
  payload: { alert: { title: 'Fall detected', severity: 'critical' }, label: null },
};

const SUBJECTS: readonly (readonly [string, ReturnType<typeof createNotification>])[] = [
  ['Critical: Fall detected', createNotification(FIRST)],
  ['Seen: Fall detected', createNotification({ eventType: 'alert.seen' })],
  ['Acknowledged: Fall detected', createNotification({ eventType: 'alert.acknowledged' })],
  ['Resolved: Fall detected', createNotification({ eventType: 'alert.resolved' })],
  ['Critical, nobody answered: Fall detected', createNotification({ eventType: 'alert.expired' })],
  [
    'Report: Door open',
    createNotification({ eventType: 'event.received', payload: { event: { title: 'Door open' } } }),
  ],
  [
    'Message from Tocsin: source.silent',
    createNotification({ eventType: 'source.silent', payload: { name: 'Gate', minutes: 7 } }),
  ],
  [
    '[Test] High severity: Disk full (Reminder 2)',
    createNotification(
      {},
      {
        title: 'Disk full',
        severity: 'high',
        is_test: true,
      },
    ),
  ],
  ['Alert: Fall detected (Reminder 2)', createNotification({}, { severity: 'page' })],
];

for (const [subject, notification] of SUBJECTS) {
  test('subject: ' + subject, () => {
    assert.equal(renderMailText(notification).subject, subject);
  });
}

function leadOf(notification: ReturnType<typeof createNotification>): string {
  return renderMailText(notification).text.split('\n')[2] ?? '';
}

test('whoever took it, and how, is said; when nobody is named, someone did', () => {
  const eventType = 'alert.acknowledged';
  const calling = { acknowledged_by: 'Anna', intent: 'calling' };
  assert.equal(
    leadOf(createNotification({ eventType }, calling)),
    'Anna has taken this alert and is calling. The calls have stopped for now.',
  );
  assert.equal(leadOf(createNotification({ eventType })), 'Someone has taken this alert.');
  const at = '2026-03-04T02:16:00Z';
  const { text } = renderMailText(
    createNotification({ eventType }, { ...calling, acknowledged_at: at, seen_at: at }),
  );
  assert.match(text, /^Taken by: Anna · 2026-03-04 02:16 UTC$/m);
  assert.match(text, /^Seen: 2026-03-04 02:16 UTC$/m);
  assert.ok(!text.includes('next call goes out'));
});

test('how it ended is said in words', () => {
  const eventType = 'alert.resolved';
  const ended = createNotification({ eventType }, { outcome: 'false_alarm' });
  assert.equal(leadOf(ended), 'This alert is resolved: it was a false alarm.');
  assert.equal(leadOf(createNotification({ eventType })), 'This alert is resolved.');
});

const LABELS: readonly (readonly [string, string, RegExp])[] = [
  ['Reminder 1', 'Rappel 1', /depuis 5\u00a0min/],
  ['Reminder 12', 'Rappel 12', /depuis 5\u00a0min/],
  ['URGENT reminder', 'Rappel URGENT', /depuis 5\u00a0min/],
  ['MAX ESCALATION', 'Urgence MAXIMALE', /depuis 5\u00a0min/],
  ['Again', 'Cela se reproduit', /s’est reproduit/],
  ['Acknowledged, but not resolved', 'Prise en charge, mais non résolue', /résolue à temps/],
  ['Nobody is called', 'Personne n’est appelé', /administrateur/],
  ['Next responder', 'À vous de répondre', /C’est à vous/],
  ['Not delivered', 'Premier message non remis', /par cette voie/],
  ['Night nurse, then doctor', 'Night nurse, then doctor', /depuis 5\u00a0min/],
];

for (const [label, shown, lead] of LABELS) {
  test(label + ': in French where it is ours, as it stands where it is not', () => {
    const basis = createNotification({ language: 'fr' });
    const mail = renderMailText({ ...basis, payload: { ...basis.payload, label } });
    assert.equal(mail.subject, 'Critique\u00a0: Fall detected (' + shown + ')');
    assert.match(mail.text, lead);
  });
}

test('a first message with a label says why it came', () => {
  const basis = createNotification({ eventType: 'alert.created' });
  const payload = { ...basis.payload, label: 'Nobody is called' };
  assert.equal(
    renderMailText({ ...basis, payload }).subject,
    'Critical: Fall detected (Nobody is called)',
  );
});

test('how long nobody answered is said in hours where it is hours', () => {
  const since = (created: string) => leadOf(createNotification({}, { created_at: created }));
  assert.match(since('2026-03-04T00:15:00Z'), /for 2 h\./);
  assert.match(since('2026-03-04T00:10:00Z'), /for 2 h 5 min\./);
  assert.match(since('2026-03-04T02:14:30Z'), /^Nobody has answered this alert yet/);
  assert.match(since('later'), /^Nobody has answered this alert yet/);
});

test('a kind of message that is not known yet shows what it carries', () => {
  const { text } = renderMailText(
    createNotification({
      eventType: 'source.silent',
      payload: { name: 'Gate', minutes: 7, notification_id: 'ntf_1' },
    }),
  );
  assert.match(text, /^ {2}name: Gate\n {2}minutes: 7\n\nSent by/m);
  assert.ok(!text.includes('ntf_1'));
});
