// notices_http.mjs: what a person is told about the own account (AUTH-07): a browser never seen, a right password
// behind wrong ones, a new address; new until it was read.
import { Client, totp } from '../lib/client.mjs';
import { Server } from '../lib/server.mjs';
import { has, hasNot, is, test } from '../lib/tap.mjs';

const good = 'Nebelhorn Förde vier Krabben';
const device = 'Auf einem neuen Gerät oder Browser';
const after = 'mindestens dreimal misslungen';
const address = 'Die E-Mail-Adresse für Hinweise';

export async function chapter() {
  const server = await Server.start({ now: '2026-11-24T08:00:00Z' });
  const enter = async (login, password = good, c = new Client(server)) => {
    const r = await c.submit('/anmelden', '/anmelden', { login, password });
    return { c, status: r.status };
  };
  try {
    const { id } = server.addUser('jette', 'time_recorder_2', good, 'agentur');
    server.addUser('mara', 'administrator', good, 'agentur');
    const { c } = await enter('jette');

    await test('notices: a browser never seen is told of, once, with the network', async () => {
      const page = (await c.get('/konto/hinweise')).text;
      has(page, device);
      has(page, 'Netz: 127.0.0.0/24');
      has(page, 'Zu Ihrem Konto gehört keine E-Mail-Adresse.');
      has((await c.get('/')).text, '1 neuer Hinweis');
      is((await enter('jette', good, c)).status, 303);
      has((await c.get('/')).text, '1 neuer Hinweis');
    });

    await test('notices: are new until the person says that they were read', async () => {
      const r = await c.submit('/konto/hinweise', '/konto/hinweise');
      is(r.status, 303);
      const page = (await c.get('/konto/hinweise')).text;
      has(page, device);
      hasNot(page, 'class="tag warn"');
      hasNot((await c.get('/')).text, 'neuer Hinweis');
      hasNot(page, 'action="/konto/hinweise"');
    });

    await test('notices: a right password behind three wrong ones is told of, two are not', async () => {
      for (let i = 0; i < 2; i++) is((await enter('jette', 'falsch', c)).status, 422);
      is((await enter('jette', good, c)).status, 303);
      hasNot((await c.get('/konto/hinweise')).text, after);
      for (let i = 0; i < 3; i++) is((await enter('jette', 'falsch', c)).status, 422);
      is((await enter('jette', good, c)).status, 303);
      has((await c.get('/konto/hinweise')).text, after);
    });

    await test('notices: a new address is told of, saving the same one is not', async () => {
      const { c: admin } = await enter('mara');
      await enrol(admin);
      has((await admin.get('/konto/hinweise')).text, 'Für Ihr Konto wurde ein Gerät für den zweiten Faktor eingerichtet.');
      const at = `/personen/${id}`;
      const names = { first_name: 'Jette', last_name: 'Harms' };
      is((await admin.submit(at, at, names)).status, 303);
      hasNot((await c.get('/konto/hinweise')).text, address);
      is((await admin.submit(at, at, { ...names, email: 'jette@linden.example' })).status, 303);
      const page = (await c.get('/konto/hinweise')).text;
      has(page, address);
      has(page, 'Diese Hinweise gehen auch an jette@linden.example.');
    });

    await test('notices: nobody reads those of another person', async () => {
      const { c: other } = await enter('mara');
      hasNot((await other.get('/konto/hinweise')).text, address);
      is((await new Client(server).get('/konto/hinweise')).status, 303);
    });
  } finally {
    await server.stop();
  }

  async function enrol(admin) {
    const r = await admin.submit('/konto/zwei-faktor', '/konto/zwei-faktor', {});
    const at = r.headers.location.split('?')[0];
    const secret = /((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})/.exec((await admin.get(at)).text)[1];
    server.cli(['clock', 'set', '2026-11-24T08:04:00Z', '--json'], { raw: true });
    is((await admin.submit(at, at, { code: totp(secret, Date.parse('2026-11-24T08:04:02Z')) })).status, 303);
  }
}
