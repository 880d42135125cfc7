/** Whole texts before and after: what operators will read, and what they will not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BASE_POLICY } from './policy.ts';
import { createRedactor } from './redaction.ts';

const redactor = createRedactor(BASE_POLICY, 'key');
const MASK = /\[([A-Z][A-Z0-9_]+)#[a-z2-7]{8}\]/g;

/** Masks are written as their class alone, `<EMAIL>`. */
function compare(before: readonly string[], after: readonly string[]): void {
  const { value } = redactor.redactText(before.join('\n'));
  assert.deepEqual(value.replace(MASK, '<$1>').split('\n'), after);
  assert.equal(redactor.redactText(value).value, value);
}

describe('a text', () => {
  it('of an access log', () => {
    compare(
      [
        '198.51.100.7 - - [01/May/2024:10:00:00 +0000] "GET /login?next=/ HTTP/1.1" 200 612',
        '198.51.100.7 - anna [01/May/2024:10:00:01 +0000] "POST /login HTTP/1.1" 302 0',
        '10.0.0.9 - - [01/May/2024:10:00:02 +0000] "GET /healthz HTTP/1.1" 200 2 "kube-probe/1.29"',
        '2001:db8::99 - - [01/May/2024:10:00:03 +0000] "GET /a?access_token=abc123 HTTP/2" 401 0',
        '10.0.0.9 "GET /orders/4111111111111112/items/13812345678 HTTP/1.1" 404 17 rt=0.123',
        '10.0.0.9 "GET /reset?email=anna%40example.org&code=839201 HTTP/1.1" 200 17 rt=0.004',
      ],
      [
        '<IPV4> - - [01/May/2024:10:00:00 +0000] "GET /login?next=/ HTTP/1.1" 200 612',
        '<IPV4> - anna [01/May/2024:10:00:01 +0000] "POST /login HTTP/1.1" 302 0',
        '10.0.0.9 - - [01/May/2024:10:00:02 +0000] "GET /healthz HTTP/1.1" 200 2 "kube-probe/1.29"',
        '<IPV6> - - [01/May/2024:10:00:03 +0000] "GET /a?access_token=<SECRET_FIELD> HTTP/2" 401 0',
        '10.0.0.9 "GET /orders/4111111111111112/items/13812345678 HTTP/1.1" 404 17 rt=0.123',
        '10.0.0.9 "GET /reset?email=<EMAIL>&code=839201 HTTP/1.1" 200 17 rt=0.004',
      ],
    );
  });

  it('of the log of a service', () => {
    compare(
      [
        't=10:00:00.123Z level=INFO msg="listening" addr=0.0.0.0:8080 pid=17',
        't=10:00:01.456Z level=WARN msg="slow query" ms=1234.56 rows=1714550400',
        't=10:00:02.789Z level=ERROR msg="login failed" user=anna@example.org ip=203.0.113.9',
        't=10:00:03.012Z level=DEBUG msg="config" db_password=hunter2 db_host=db.internal',
        't=10:00:04.345Z level=ERROR err="dial tcp 10.0.0.5:5432: connect: refused"',
        't=10:00:05.678Z level=INFO trace_id=4bf92f3577b34da6a3ce929d0e0e4736 done=true',
        't=10:00:06.901Z level=INFO msg="sms sent" to=+393331234567 id=SM0a1b2c3d',
      ],
      [
        't=10:00:00.123Z level=INFO msg="listening" addr=0.0.0.0:8080 pid=17',
        't=10:00:01.456Z level=WARN msg="slow query" ms=1234.56 rows=1714550400',
        't=10:00:02.789Z level=ERROR msg="login failed" user=<EMAIL> ip=<IPV4>',
        't=10:00:03.012Z level=DEBUG msg="config" db_password=<SECRET_FIELD> db_host=db.internal',
        't=10:00:04.345Z level=ERROR err="dial tcp 10.0.0.5:5432: connect: refused"',
        't=10:00:05.678Z level=INFO trace_id=4bf92f3577b34da6a3ce929d0e0e4736 done=true',
        't=10:00:06.901Z level=INFO msg="sms sent" to=<PHONE> id=SM0a1b2c3d',
      ],
    );
  });

  it('of the environment of a container', () => {
    compare(
      [
        'HOSTNAME=web-7d4b9c6f5d-x2x9z',
        'PWD=/srv/app',
        'NODE_VERSION=24.21.0',
        'DATABASE_URL=postgres://app:hunter2@db.internal:5432/hub?sslmode=require',
        'REDIS_PASSWORD=hunter2',
        'AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE',
        'AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
        'AWS_REGION=eu-west-1',
        'SENTRY_DSN=https://0123456789abcdef0123456789abcdef@o1.example.io/42',
        'SLACK_WEBHOOK=https://hooks.slack.com/services/T0/B0/abcdefabcdef',
        'JWT_SECRET="s3cr3t with spaces"',
        'TOKEN_TTL=3600',
        'PUBLIC_KEY_PATH=/etc/keys/pub.pem',
        'KUBERNETES_SERVICE_HOST=10.96.0.1',
      ],
      [
        'HOSTNAME=web-7d4b9c6f5d-x2x9z',
        'PWD=/srv/app',
        'NODE_VERSION=24.21.0',
        'DATABASE_URL=postgres://<URL_CREDENTIALS>@db.internal:5432/hub?sslmode=require',
        'REDIS_PASSWORD=<SECRET_FIELD>',
        'AWS_ACCESS_KEY_ID=<AWS_KEY_ID>',
        'AWS_SECRET_ACCESS_KEY=<AWS_SECRET>',
        'AWS_REGION=eu-west-1',
        'SENTRY_DSN=https://<SENTRY_DSN>@o1.example.io/42',
        'SLACK_WEBHOOK=https://hooks.slack.com/services/<SLACK_WEBHOOK>',
        'JWT_SECRET="<SECRET_FIELD>"',
        'TOKEN_TTL=3600',
        'PUBLIC_KEY_PATH=/etc/keys/pub.pem',
        'KUBERNETES_SERVICE_HOST=10.96.0.1',
      ],
    );
  });

  it('of a request that was recorded', () => {
    compare(
      [
        'POST /v1/charges?expand=card HTTP/1.1',
        'Host: api.shop.example.org',
        'Authorization: Bearer abcdef0123456789',
        'Cookie: sid=s%3Aabc.def; theme=dark',
        'X-Api-Key: 0a1b2c3d4e5f',
        'X-Request-Id: 0f8fad5b-d9cd-469f-a165-70867728950e',
        'X-Forwarded-For: 203.0.113.8, 10.0.0.3',
        'Content-Type: application/x-www-form-urlencoded',
        'Content-Length: 73',
        '',
        'number=4111111111111111&exp=12%2F27&cvc=123&email=anna%40example.org&amount=1200',
      ],
      [
        'POST /v1/charges?expand=card HTTP/1.1',
        'Host: api.shop.example.org',
        'Authorization: Bearer <AUTH_HEADER>',
        'Cookie: <COOKIE>',
        'X-Api-Key: <SECRET_FIELD>',
        'X-Request-Id: 0f8fad5b-d9cd-469f-a165-70867728950e',
        'X-Forwarded-For: <IPV4>, 10.0.0.3',
        'Content-Type: application/x-www-form-urlencoded',
        'Content-Length: 73',
        '',
        'number=<CREDIT_CARD>&exp=12%2F27&cvc=<SECRET_FIELD>&email=<EMAIL>&amount=1200',
      ],
    );
  });

  it('of a stack trace', () => {
    compare(
      [
        'org.postgresql.util.PSQLException: FATAL: no such user',
        '\tat org.postgresql.core.v3.Factory.authenticate(Factory.java:693)',
        '\tat com.example.Pool@1b2c3d4e.open(Pool.java:42)',
        'Caused by: jdbc:postgresql://db.internal:5432/hub?user=app&password=hunter2',
        '\t... 17 more',
      ],
      [
        'org.postgresql.util.PSQLException: FATAL: no such user',
        '\tat org.postgresql.core.v3.Factory.authenticate(Factory.java:693)',
        '\tat com.example.Pool@1b2c3d4e.open(Pool.java:42)',
        'Caused by: jdbc:postgresql://db.internal:5432/hub?user=app&password=<SECRET_FIELD>',
        '\t... 17 more',
      ],
    );
  });

  it('of a settings file', () => {
    compare(
      [
        'smtp:',
        '  host: smtp.example.org',
        '  port: 587',
        '  user: alarm@example.org',
        '  password: correct horse battery staple',
        '  tls: true',
        'telegram:',
        '  bot_token: 123456789:AAabcdefghijklmnopqrstuvwxyz0123456',
        '  chat_id: -1001234567890',
        'cameras:',
        '  - id: cam-17',
        '    url: rtsp://admin:12345@192.168.1.64:554/1',
        '    mac: 00:1A:2B:3C:4D:5E',
        'tls_key: |',
        '-----BEGIN PRIVATE KEY-----',
        'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC',
        '-----END PRIVATE KEY-----',
        'retention_days: 30',
      ],
      [
        'smtp:',
        '  host: smtp.example.org',
        '  port: 587',
        '  user: <EMAIL>',
        '  password: <SECRET_FIELD>',
        '  tls: true',
        'telegram:',
        '  bot_token: <SECRET_FIELD>',
        '  chat_id: -1001234567890',
        'cameras:',
        '  - id: cam-17',
        '    url: rtsp://<URL_CREDENTIALS>@192.168.1.64:554/1',
        '    mac: 00:1A:2B:3C:4D:5E',
        'tls_key: |',
        '<PRIVATE_KEY>',
        'retention_days: 30',
      ],
    );
  });

  it('of a mail in Italian', () => {
    compare(
      [
        'Da: Studio Rossi <studio@example.org>',
        'Oggetto: Assistenza per la sig.ra Bianchi',
        '',
        'Buongiorno, la sig.ra Bianchi (CF BNCLRA90A41F205I) è caduta in bagno alle 10:30.',
        'La figlia risponde al 333 1234567, lo studio allo 06 12345678.',
        'Rimborso su IT60 X054 2811 1010 0000 0123 456 entro il 31/05/2024.',
        'La password del portale è Girasole7, il protocollo è 20240501123456.',
        'Camera 12, letto 3, matricola 1234567890.',
      ],
      [
        'Da: Studio Rossi <<EMAIL>>',
        'Oggetto: Assistenza per la sig.ra Bianchi',
        '',
        'Buongiorno, la sig.ra Bianchi (CF <IT_FISCAL_CODE>) è caduta in bagno alle 10:30.',
        'La figlia risponde al <PHONE>, lo studio allo <PHONE>.',
        'Rimborso su <IBAN> entro il 31/05/2024.',
        'La password del portale è <SECRET_FIELD>, il protocollo è 20240501123456.',
        'Camera 12, letto 3, matricola 1234567890.',
      ],
    );
  });

  it('of a message in Chinese', () => {
    compare(
      [
        '【跌倒告警】3号楼502室，2024年5月1日 10:30:15',
        '老人张某，身份证11010519491231002X，家属手机13812345678',
        '养老院值班电话：010-12345678，微信同号',
        '医保卡号6222021234567890128，订单号20240501123456789',
        '系统密码：Qwer1234，请勿外传',
        '设备CAM-000123，IP 192.168.1.64，置信度0.98',
      ],
      [
        '【跌倒告警】3号楼502室，2024年5月1日 10:30:15',
        '老人张某，身份证<CN_ID>，家属手机<PHONE>',
        '养老院值班电话：<PHONE>，微信同号',
        '医保卡号<CREDIT_CARD>，订单号20240501123456789',
        '系统密码：<SECRET_FIELD>',
        '设备CAM-000123，IP 192.168.1.64，置信度0.98',
      ],
    );
  });

  it('of commands in a history', () => {
    compare(
      [
        'curl -H "Authorization: Bearer abcdef0123456789" https://api.example.org/v1',
        'curl -u anna:hunter2 https://nas.example.org/',
        'mysql -h db --user=root --password=hunter2 hub',
        'docker login -u bot --password hunter2 registry.example.org',
        'git clone https://bot:glpat-abcdefghij0123456789@git.example.org/a/b.git',
        'git checkout 33a64df551425fcc55e4d42a148795d9f25f89d4',
        'kubectl -n pay logs web-7d4b9c6f5d-x2x9z --since=5m',
        'openssl dgst -sha256 file.tar.gz',
        'ssh -p 2222 git@git.example.org',
      ],
      [
        'curl -H "Authorization: Bearer <AUTH_HEADER>" https://api.example.org/v1',
        'curl -u <URL_CREDENTIALS> https://nas.example.org/',
        'mysql -h db --user=root --password=<SECRET_FIELD> hub',
        'docker login -u bot --password <SECRET_FIELD> registry.example.org',
        'git clone https://<URL_CREDENTIALS>@git.example.org/a/b.git',
        'git checkout 33a64df551425fcc55e4d42a148795d9f25f89d4',
        'kubectl -n pay logs web-7d4b9c6f5d-x2x9z --since=5m',
        'openssl dgst -sha256 file.tar.gz',
        'ssh -p 2222 git@git.example.org',
      ],
    );
  });

  it('of metrics and rules', () => {
    compare(
      [
        'up{instance="10.0.0.5:9100",job="node"} 0 1714550400123',
        'probe_success{instance="https://shop.example.org/health",target="203.0.113.10:443"} 0',
        'expr: sum by (pod) (rate(http_requests_total{code=~"5.."}[5m])) > 0.05',
        'description: "{{ $labels.instance }} has been down for {{ $value }} s"',
        'kube_pod_container_info{image="registry.example.org/app:1.2.3.4",uid="018f2b9e-7c4a"} 1',
      ],
      [
        'up{instance="10.0.0.5:9100",job="node"} 0 1714550400123',
        'probe_success{instance="https://shop.example.org/health",target="<IPV4>:443"} 0',
        'expr: sum by (pod) (rate(http_requests_total{code=~"5.."}[5m])) > 0.05',
        'description: "{{ $labels.instance }} has been down for {{ $value }} s"',
        'kube_pod_container_info{image="registry.example.org/app:1.2.3.4",uid="018f2b9e-7c4a"} 1',
      ],
    );
  });

  it('of the log of a host', () => {
    compare(
      [
        'May  1 10:00:00 nas sshd[1234]: Failed password for root from 203.0.113.66 port 51514',
        'May  1 10:00:01 nas sshd[1234]: Accepted publickey for anna from 192.168.1.20 port 50022',
        'May  1 10:00:02 nas sudo: TTY=pts/0 ; PWD=/home/anna ; COMMAND=/bin/ls',
        'May  1 10:00:03 nas kernel: [12345.678901] eth0: link up, 1000 Mbps',
        'May  1 10:00:04 nas postfix[77]: to=<anna@example.org>, relay=mx[203.0.113.25]:25',
        'May  1 10:00:05 nas systemd[1]: Started getty@tty1.service.',
        'May  1 10:00:06 nas dhcpd: DHCPACK on 192.168.1.77 to 00:1a:2b:3c:4d:5e via eth0',
      ],
      [
        'May  1 10:00:00 nas sshd[1234]: Failed password for root from <IPV4> port 51514',
        'May  1 10:00:01 nas sshd[1234]: Accepted publickey for anna from 192.168.1.20 port 50022',
        'May  1 10:00:02 nas sudo: TTY=pts/0 ; PWD=/home/anna ; COMMAND=/bin/ls',
        'May  1 10:00:03 nas kernel: [12345.678901] eth0: link up, 1000 Mbps',
        'May  1 10:00:04 nas postfix[77]: to=<<EMAIL>>, relay=mx[<IPV4>]:25',
        'May  1 10:00:05 nas systemd[1]: Started getty@tty1.service.',
        'May  1 10:00:06 nas dhcpd: DHCPACK on 192.168.1.77 to 00:1a:2b:3c:4d:5e via eth0',
      ],
    );
  });

  it('of a trace of Python', () => {
    compare(
      [
        'Traceback (most recent call last):',
        '  File "/srv/app/db.py", line 42, in connect',
        '    return connect(host="db.internal", user="app", password="hunter2")',
        'psycopg.OperationalError: connection to server at "10.0.0.5", port 5432 failed',
        'During handling of the above exception, another exception occurred:',
        'requests.HTTPError: 401 for url: https://api.example.org/?api_key=0a1b2c3d',
      ],
      [
        'Traceback (most recent call last):',
        '  File "/srv/app/db.py", line 42, in connect',
        '    return connect(host="db.internal", user="app", password="<SECRET_FIELD>")',
        'psycopg.OperationalError: connection to server at "10.0.0.5", port 5432 failed',
        'During handling of the above exception, another exception occurred:',
        'requests.HTTPError: 401 for url: https://api.example.org/?api_key=<SECRET_FIELD>',
      ],
    );
  });

  it('of what is kept in a repository by mistake', () => {
    compare(
      [
        '//registry.example.org/:_authToken=npm_abcdefghijklmnopqrstuvwxyz0123456789',
        'machine api.example.org login anna password hunter2hunter2X9',
        '[default]',
        'aws_access_key_id = AKIAIOSFODNN7EXAMPLE',
        'aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
        'region = eu-west-1',
        'provider "x" { token = "glpat-abcdefghij0123456789" }',
        'spring.datasource.password=hunter2',
        '<add key="ApiKey" value="8Jd72kQpLz01mNbVcXsWqE" />',
      ],
      [
        '//registry.example.org/:_authToken=<SECRET_FIELD>',
        'machine api.example.org login anna password <HIGH_ENTROPY>',
        '[default]',
        'aws_access_key_id = <AWS_KEY_ID>',
        'aws_secret_access_key = <AWS_SECRET>',
        'region = eu-west-1',
        'provider "x" { token = "<SECRET_FIELD>" }',
        'spring.datasource.password=<SECRET_FIELD>',
        '<add key="ApiKey" value="<SECRET_FIELD>" />',
      ],
    );
  });

  it('of a receipt of certified mail', () => {
    compare(
      [
        'Ricevuta di avvenuta consegna',
        'Il giorno 01/05/2024 alle ore 10:30:15 (+0200) il messaggio',
        '"Fattura 12" proveniente da "studio@pec.example.it"',
        'ed indirizzato a "ufficio@pec.example.it"',
        'è stato consegnato nella casella di destinazione.',
        'Identificativo messaggio: opec2941.20240501103015.12345.678.1.2',
      ],
      [
        'Ricevuta di avvenuta consegna',
        'Il giorno 01/05/2024 alle ore 10:30:15 (+0200) il messaggio',
        '"Fattura 12" proveniente da "<EMAIL>"',
        'ed indirizzato a "<EMAIL>"',
        'è stato consegnato nella casella di destinazione.',
        'Identificativo messaggio: opec2941.20240501103015.12345.678.1.2',
      ],
    );
  });

  it('of events of a cluster', () => {
    compare(
      [
        'Warning  BackOff  2m (x17 over 9m)  kubelet  Back-off restarting failed container app',
        'Normal   Pulled   3m  kubelet  Container image "registry.example.org/app:1.2.3.4" present',
        'Warning  Failed   4m  kubelet  Error: secret "db-credentials" not found',
        'Warning  Unhealthy  5m  kubelet  Get "http://10.244.1.17:8080/healthz": i/o timeout',
        'Normal   Scheduled  6m  scheduler  assigned pay/web-7d4b9c6f5d-x2x9z to ip-10-0-0-5',
      ],
      [
        'Warning  BackOff  2m (x17 over 9m)  kubelet  Back-off restarting failed container app',
        'Normal   Pulled   3m  kubelet  Container image "registry.example.org/app:1.2.3.4" present',
        'Warning  Failed   4m  kubelet  Error: secret "db-credentials" not found',
        'Warning  Unhealthy  5m  kubelet  Get "http://10.244.1.17:8080/healthz": i/o timeout',
        'Normal   Scheduled  6m  scheduler  assigned pay/web-7d4b9c6f5d-x2x9z to ip-10-0-0-5',
      ],
    );
  });

  it('of a conversation', () => {
    compare(
      [
        'anna: what is the token for staging?',
        'otto: token: 8Jd72kQpLz01mNbVcXsWqE',
        'anna: thanks! and the password?',
        'otto: password is hunter2, do not tell',
        'anna: my number is +44 20 7946 0958 if it breaks',
        'otto: see https://wiki.example.org/token-rotation?page=2',
      ],
      [
        'anna: what is the token for staging?',
        'otto: token: <SECRET_FIELD>',
        'anna: thanks! and the password?',
        'otto: password is <SECRET_FIELD>, do not tell',
        'anna: my number is <PHONE> if it breaks',
        'otto: see https://wiki.example.org/token-rotation?page=2',
      ],
    );
  });
});
