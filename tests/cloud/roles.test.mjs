// The roles as processes of their own: each knows the others' public keys and no more. And TLS.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import https from 'node:https';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { Page, Service, enrolled, makeWorld, opensslVerifies, phone, pin, removeWorld } from './service.mjs';

let world, hub, cosign, enrol;

before(async () => {
  world = makeWorld();
  // Each needs a key of another: enrolment makes its own first, then the co-sign service, and so on.
  const enrolState = execFileSync('mktemp', ['-d', '-p', world], { encoding: 'utf8' }).trim();
  const first = await new Service(world, { state: enrolState, roles: ['enrol'], more: ['--cosign-key', `04${'1'.repeat(128)}`] }).start().catch((error) => error);
  assert.match(String(first), /the service ended/, 'a cosign key that is no point');
  const bootstrap = await new Service(world, { state: enrolState }).start();
  const enrolKey = JSON.parse((await bootstrap.fetch('/v1/service')).text).enrol_key;
  await bootstrap.stop();
  cosign = await new Service(world, { roles: ['cosign'], more: ['--enrol-key', enrolKey] }).start();
  hub = await new Service(world, { roles: ['hub'], more: ['--enrol-key', enrolKey] }).start();
  const cosignKey = JSON.parse((await cosign.fetch('/v1/service')).text).cosign_key;
  enrol = await new Service(world, { state: enrolState, roles: ['enrol'], more: ['--cosign-key', cosignKey] }).start();
});
after(async () => {
  for (const each of [hub, cosign, enrol]) await each?.stop();
  removeWorld(world);
});

test('three processes: enrolled, scanned, signed, verified by OpenSSL', async () => {
  const folder = await enrolled(enrol, { company: '东海建设有限公司', cosign, hub });
  const page = await Page.open(hub);
  const run = phone(folder, 'scan', '--code', await page.start(), '--pin', pin, '--trust', join(world, 'ca/root.crt'),
    '--trust', join(world, 'ca/issuing.crt'));
  const signatures = await page.answered();
  assert.ok(opensslVerifies(world, join(folder, 'sign.crt'), 'document 1', signatures[1]));
  assert.equal((await run).code, 0);
});

test('each has its own state and answers for its own role alone', async () => {
  assert.ok(!readdirSync(hub.state).some((name) => name.startsWith('cosign') || name.startsWith('enrol')));
  assert.ok(!readdirSync(cosign.state).some((name) => name.startsWith('hub') || name.startsWith('enrol')));
  assert.equal((await hub.postBytes(`/v1/cosign/${'00'.repeat(16)}/keys/create`, 'x')).status, 404);
  assert.equal((await cosign.postBytes('/v1/hub/messages', 'x')).status, 404);
  assert.equal((await enrol.postBytes('/v1/hub/sessions', 'x')).status, 404);
});

test('a service without the key of enrolment does not start', async () => {
  await assert.rejects(new Service(world, { roles: ['hub'] }).start(), /--enrol-key is needed/);
});

test('TLS: phone and page get in by the name that the certificate has, old versions do not', async () => {
  const file = (name) => join(world, name);
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost', '-days', '2', '-keyout', file('tls.key'), '-out', file('tls.crt')], { stdio: 'ignore' });
  const service = await new Service(world, { tls: true, more: ['--tls-cert', file('tls.crt'), '--tls-key', file('tls.key')] }).start();
  try {
    const request = (options) => new Promise((resolve) => {
      https.get({ host: 'localhost', family: 4, port: service.port, path: '/health', ...options }, (response) => resolve(response.statusCode))
        .on('error', (error) => resolve(error.code));
    });
    const ca = readFileSync(file('tls.crt'));
    assert.equal(await request({ ca }), 200);
    assert.notEqual(await request({}), 200);
    assert.notEqual(await request({ ca, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }), 200);
    const folder = file('tls-phone');
    const words = ['--service', `https://localhost:${service.port}`, '--number', '+8613800007777', '--name', '王工', '--pin', pin,
      '--sms-file', service.smsFile];
    const done = await phone(folder, 'enrol', ...words, '--ca', file('tls.crt'));
    assert.equal(done.code, 0, done.stderr);
    assert.match((await phone(folder, 'status', '--ca', file('tls.crt'))).lines[0], /^signing [0-9a-f]{32} state 2 epoch 0 tries 9 /);
    const strange = await phone(folder, 'status', '--ca', join(world, 'ca/root.crt'));
    assert.equal(strange.code, 1);
  } finally {
    await service.stop();
  }
});
