// outbound_http.mjs: the ways outside as an administrator sees them: whom the server speaks with, a mail server of
// the workspace's own (named, switched on, switched off), the outbox. Nothing leaves here; test/mail/own.mjs sends.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '../lib/client.mjs';
import { Server } from '../lib/server.mjs';
import { World, password } from '../lib/world.mjs';
import { has, hasNot, is, test } from '../lib/tap.mjs';

const at = '/einstellungen/verbindungen';
const form = `${at}/mailserver`;
const good = {
  host: 'Mail.Linden.example', port: 465, target_login: 'kontor@linden.example', password: 'Sehr-geheim-0815!', sender: 'buero@linden.example',
  provider: 'Linden Hosting GmbH', country: 'Deutschland', contract_state: 2,
};

export async function chapter(world) {
  const server = await Server.start({ conf: 'workspace_mail = 1\n' });
  const proven = async (c, to) => {
    const r = await c.submit(`/konto/nachweis?weiter=${encodeURIComponent(to)}`, '/konto/nachweis', { password: password('administrator') });
    is(r.status, 303, 'proof');
    return r.headers.location;
  };
  try {
    const own = new World(server);
    const slug = server.cli(['workspace', 'list', '--json'])[0].slug;
    server.addUser('administrator', 'administrator', password('administrator'), slug);
    server.addUser('jette', 'administration', password('jette'), slug);
    const c = await own.enter('administrator', password('administrator'), true);

    await test('outbound: nothing is named, so the server speaks with nobody', async () => {
      const page = (await c.get(at)).text;
      has(page, 'Der Server spricht mit niemandem draußen.');
      has(page, 'Mailserver eintragen');
      has((await c.get('/einstellungen/postausgang')).text, 'Es ist kein Mailserver eingerichtet');
    });

    await test('outbound: what is no server on the public Internet is refused beside its field', async () => {
      for (const host of ['localhost', '127.0.0.1', '10.0.0.7', '::1', '[::1]', '169.254.169.254', 'drucker.local', 'mail', '2130706433',
        '0x7f.1', '::ffff:8.8.8.8', 'mail.linden.example:25', 'a b.example', `${'a'.repeat(64)}.example`]) {
        const r = await c.submit(form, form, { ...good, host });
        is(r.status, 422, host);
        has(r.text, 'Das ist kein Server im öffentlichen Internet.');
        hasNot(r.text, good.password);
      }
      for (const [field, value, sentence] of [['port', 25, 'Bitte wählen Sie'], ['sender', 'buero', 'An diese E-Mail-Adresse'],
        ['password', '', 'Bitte geben Sie das Passwort ein']]) {
        const r = await c.submit(form, form, { ...good, [field]: value });
        is(r.status, 422, field);
        has(r.text, sentence);
      }
      has((await c.get(at)).text, 'Mailserver eintragen');
    });

    const passwordField = async () => /<label[^>]*>Passwort.*?<input type="password"[^>]*>/s.exec((await c.get(form)).text)[0];
    await test('outbound: the first password must be there; later on, left empty, it stays', async () => {
      const first = await passwordField();
      hasNot(first, 'freiwillig');
      has(first, ' required');
    });

    await test('outbound: a named server is off, its password on no page', async () => {
      is((await c.submit(form, form, good)).status, 303);
      const later = await passwordField();
      has(later, '(freiwillig)');
      hasNot(later, ' required');
      for (const page of [await c.get(at), await c.get(form)]) hasNot(page.text, good.password);
      const page = (await c.get(at)).text;
      has(page, 'mail.linden.example:465');
      has(page, 'ausgeschaltet');
      has(page, 'Der Vertrag zur Auftragsverarbeitung fehlt');
      has(page, 'Der Server spricht mit niemandem draußen.');
    });

    await test('outbound: switching on is said aloud, or nothing happens', async () => {
      const r = await c.submit(at, `${form}/einschalten`, {});
      is(r.status, 422);
      has(r.text, 'Bitte bestätigen Sie');
      is((await c.submit(at, `${form}/einschalten`, { confirmed: 1 })).status, 303);
      const page = (await c.get(at)).text;
      has(page, 'Der Server spricht mit einem Ziel.');
      has(page, 'AV-Vertrag fehlt');
      has(page, 'Sofort ausschalten');
    });

    await test('outbound: another server, log-in or port wants the password again; the rest does not', async () => {
      for (const change of [{ host: 'mail.ulmen.example' }, { port: 587 }, { target_login: 'jemand' }]) {
        const r = await c.submit(form, form, { ...change, password: '' });
        is(r.status, 422);
        has(r.text, 'das hinterlegte gilt nur für den bisherigen Server');
      }
      is((await c.submit(form, form, { contract_state: 1, password: '' })).status, 303);
      const page = (await c.get(at)).text;
      hasNot(page, 'Der Vertrag zur Auftragsverarbeitung fehlt');
      has(page, 'niemandem draußen'); // each change switches off
      is((await c.submit(at, `${form}/einschalten`, { confirmed: 1 })).status, 303);
    });

    await test('outbound: a form that came too late changes nothing', async () => {
      const r = await c.submit(form, form, { ...good, provider: 'Zu spät GmbH', version: 1 });
      is(r.status, 409);
      hasNot((await c.get(at)).text, 'Zu spät');
    });

    await test('outbound: naming and switching on want a fresh proof, switching off does not', async () => {
      is((await c.submit(at, `${form}/ausschalten`)).status, 303);
      server.cli(['clock', 'set', new Date(Date.now() + 10 * 60 * 1000).toISOString(), '--json']);
      const asked = await c.get(form);
      is(asked.status, 303);
      has(asked.headers.location, '/konto/nachweis');
      const refused = await c.submit(at, `${form}/einschalten`, { confirmed: 1 });
      is(refused.status, 403);
      has(refused.text, 'bestätigen Sie bitte Ihr Passwort');
      has((await c.get(at)).text, 'niemandem draußen');
      is(await proven(c, at), at);
      is((await c.submit(at, `${form}/einschalten`, { confirmed: 1 })).status, 303);
      server.cli(['clock', 'set', new Date(Date.now() + 20 * 60 * 1000).toISOString(), '--json']);
      is((await c.submit(at, `${form}/ausschalten`)).status, 303);
      has((await c.get(at)).text, 'niemandem draußen');
    });

    await test('outbound: a test mail needs an address of one’s own', async () => {
      await proven(c, at);
      is((await c.submit(at, `${form}/einschalten`, { confirmed: 1 })).status, 303);
      const r = await c.submit(at, '/einstellungen/postausgang/test');
      is(r.status, 422);
    });

    await test('outbound: doctor tells the operator of a server that is switched on and closed, or off while nothing else is there', async () => {
      const doctor = () => server.cli(['doctor', '--json']).findings.find((f) => f.id === 'mail.own');
      is(doctor(), undefined, 'in use');
      const conf = join(server.dir, 'k', 'kontor.conf');
      const text = readFileSync(conf, 'utf8');
      writeFileSync(conf, text.replace('workspace_mail = 1', 'workspace_mail = 0'));
      is(/mail\.linden\.example:465 ist seit 20\S+Z eingeschaltet, wird aber nicht benutzt/.test(doctor()?.text), true, JSON.stringify(doctor()));
      writeFileSync(conf, text);
      is((await c.submit(at, `${form}/ausschalten`)).status, 303);
      is(doctor().status, 'warn');
      is(/ist seit 20\S+Z ausgeschaltet, und einen anderen gibt es nicht: Mail wartet/.test(doctor().text), true, doctor().text);
    });

    await test('outbound: removing it forgets the password', async () => {
      is((await c.submit(at, `${form}/entfernen`)).status, 303);
      has((await c.get(at)).text, 'Mailserver eintragen');
    });

    await test('outbound: others see none of it', async () => {
      const jette = new Client(server);
      await jette.signIn('jette', password('jette'));
      for (const path of [at, form, '/einstellungen/postausgang']) is((await jette.get(path)).status, 403, path);
      hasNot((await jette.get('/')).text, 'Postausgang');
    });
  } finally {
    await server.stop();
  }

  await test('outbound: where the operator allows none, none is named', async () => {
    const c = world.people.administrator;
    has((await c.get(at)).text, 'lässt keine eigenen Mailserver zu');
    if ((await c.get(form)).status === 303) await proven(c, form);
    const r = await c.submit(form, form, good);
    is(r.status, 403);
    has(r.text, 'lässt keine eigenen Mailserver zu');
  });
}
