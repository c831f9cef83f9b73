// ladder.mjs: the phone is gone (AUTH-16), in real browsers: a person asks from the page behind the password, two
// administrators approve in browsers of their own, 24 hours pass, and she sets up a new factor; and the rehearsal of
// it. Wide and on a phone's width, axe on each page, light and dark, without a letter typed that a person would not type.
import { join } from 'node:path';
import { Client, totp } from '../lib/client.mjs';
import { Server } from '../lib/server.mjs';
import { has, is, test } from '../lib/tap.mjs';

const password = 'Nebelhorn an der Förde 47';
const hour = 3600e3;

export async function ladderPages({ context, accessible, shots }) {
  for (const viewport of [{ width: 1440, height: 1000 }, { width: 390, height: 844 }]) {
    const server = await Server.start({ now: '2026-11-24T08:00:00Z' });
    try {
      await walk(server, context, accessible, shots, viewport);
    } finally {
      await server.stop();
    }
  }
}

async function walk(server, context, accessible, shots, viewport) {
  const title = `browser: phone lost, ${viewport.width} px:`;
  let base, at;
  const set = (ms) => { server.cli(['clock', 'set', new Date(ms).toISOString(), '--json'], { raw: true }); base = ms; at = Date.now(); };
  const now = () => base + Date.now() - at;
  set(Date.parse('2026-11-24T08:01:00Z'));

  const pages = {};
  const ids = {};
  for (const [login, group, first, last] of [['anke', 'administrator', 'Anke', 'Reimers'], ['berta', 'administrator', 'Berta', 'Lindgarten'], ['dora', 'team_leader', 'Dora', 'Sandweg']]) {
    ids[login] = server.cli(['user', 'add', '--workspace', 'agentur', '--login', login, '--group', group, '--name', `${first} ${last}`, '--password-stdin', '--json'], { input: `${password}\n` }).id;
    const c = new Client(server);
    await c.signIn(login, password);
    const begun = (await c.submit('/konto/zwei-faktor', '/konto/zwei-faktor', { name: 'Telefon' })).headers.location.split('?')[0];
    const secret = /((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})/.exec((await c.get(begun)).text)[1];
    is((await c.submit(begun, begun, { code: totp(secret, now()) })).status, 303);
    const lost = login === 'dora'; // hers is a browser that knows nothing
    pages[login] = await (await context({ viewport }, lost ? undefined : c)).newPage();
    if (lost) pages.old = await (await context({ viewport }, c)).newPage();
  }
  const go = (who, path) => pages[who].goto(`${server.url}${path}`);
  const text = (who) => pages[who].textContent('main');
  const look = async (who, name) => {
    for (const colorScheme of ['dark', 'light']) {
      await pages[who].emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await pages[who].screenshot({ path: join(shots, `ladder-${viewport.width}-${name}-${colorScheme}.png`), fullPage: true });
      await accessible(pages[who], `${name} (${viewport.width} px, ${colorScheme})`);
    }
  };
  const knock = async () => {
    await go('dora', '/anmelden');
    await pages.dora.fill('[name=login]', 'dora');
    await pages.dora.fill('[name=password]', password);
    await pages.dora.click('main form button[type=submit]');
  };

  await test(`${title} rehearsed while there is no need`, async () => {
    await go('old', '/konto/sicherheit');
    await pages.old.click('a[href="/konto/notfall"]');
    await look('old', 'probe-vorher');
    await pages.old.check('[name=has_other]');
    await pages.old.click('form[action="/konto/notfall"] button[type=submit]');
    await pages.old.waitForURL(/meldung=/);
    has(await text('old'), 'Richten Sie ein zweites Gerät ein');
    await look('old', 'probe');
  });

  await test(`${title} asks from the page behind the password`, async () => {
    await knock();
    await pages.dora.waitForURL(/anmelden\/code/);
    await look('dora', 'code');
    await pages.dora.click('a[href="/anmelden/hilfe"]');
    await pages.dora.waitForURL(/anmelden\/hilfe/);
    await look('dora', 'wege');
    await pages.dora.fill('[name=reason]', 'Telefon verloren');
    await pages.dora.click('form[action="/anmelden/hilfe"] button[type=submit]');
    await pages.dora.waitForURL(/meldung=/);
    has(await text('dora'), '0 von 2 Freigaben');
    await look('dora', 'angefragt');
  });

  await test(`${title} her own sessions say so and can stop it`, async () => {
    await go('old', '/konto/sicherheit');
    has(await text('old'), 'Jemand hat angefragt');
    await look('old', 'sicherheit');
    await go('old', '/konto/hinweise');
    await look('old', 'hinweise');
  });

  for (const [who, given] of [['anke', '1 von 2 Freigaben'], ['berta', 'Freigegeben; wirkt ab']]) {
    await test(`${title} ${who} sees it among the people and approves`, async () => {
      await go(who, '/personen');
      await look(who, `${who}-personen`);
      await pages[who].click(`.notice a[href="/personen/${ids.dora}/zugang"]`);
      await pages[who].waitForURL(/zugang/);
      await look(who, `${who}-zugang`);
      await pages[who].click('form[action$="/freigeben"] button');
      await pages[who].waitForURL(/meldung=/);
      has(await text(who), given);
      await look(who, `${who}-freigegeben`);
    });
  }

  await test(`${title} a proof that is too old is asked for, and the form comes back`, async () => {
    await go('anke', `/personen/${ids.dora}`);
    set(now() + 301e3);
    await pages.anke.selectOption('form[action$="/gruppe"] select', '4');
    await pages.anke.click('form[action$="/gruppe"] button[type=submit]');
    await pages.anke.waitForSelector('[name=kept]', { state: 'attached' });
    await look('anke', 'nachweis');
    await pages.anke.fill('[name=password]', password);
    await pages.anke.click('main form button[type=submit]');
    await pages.anke.waitForSelector('form[action$="/gruppe"]');
    await look('anke', 'nachweis-weiter');
    await pages.anke.click('form[action$="/gruppe"] button');
    await pages.anke.waitForURL(/meldung=/);
    is(await pages.anke.inputValue('form[action$="/gruppe"] select'), '4');
  });

  await test(`${title} after 24 hours the password opens the setting up of a new factor, and nothing else`, async () => {
    set(now() + 24 * hour);
    await knock();
    await pages.dora.waitForURL(/zwei-faktor/);
    await look('dora', 'neu-einrichten');
    await go('dora', '/projekte');
    is(new URL(pages.dora.url()).pathname, '/konto/zwei-faktor');
  });
}
