// backups.mjs: a workspace's states and a restore as a person meets them: 1440 and 390 pixels, light and dark, no axe
// violation. KONTOR_SHOTS=folder keeps a picture of each page.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Server } from '../lib/server.mjs';
import { escrowLine, found, lookedInto, until } from '../lib/states.mjs';
import { World, password } from '../lib/world.mjs';
import { finish, is, test } from '../lib/tap.mjs';
import { accessible, complaints, context, desk, launch, phone } from './browser.mjs';

const shots = process.env.KONTOR_SHOTS;
if (shots) mkdirSync(shots, { recursive: true });
const server = await Server.start({ demo: 'S', now: '2026-11-18T08:00:00Z', conf: escrowLine() });
const browser = await launch();
const slug = server.cli(['workspace', 'list', '--json'])[0].slug, host = `${slug}.localhost`;
let base, at, taken;
const clock = (iso) => { server.cli(['clock', 'set', '--now', iso, '--settle'], { raw: true }); base = Date.parse(iso); at = Date.now(); };
const world = new World(server);
world.now = () => base + Date.now() - at;

// One page on a desk and on a phone, light and dark, with all that can be opened.
async function look(client, path, name) {
  for (const [how, size] of [['desk', desk], ['phone', phone]]) {
    const c = await context(browser, { ...size, reducedMotion: 'reduce' }, client);
    const page = await c.newPage();
    const bad = complaints(page);
    const r = await page.goto(`https://${host}:${server.port}${path}`);
    is(r.status(), 200, path);
    for (const d of await page.locator('main details > summary').all()) await d.click();
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: scheme });
      await accessible(page, `${name}, ${how}, ${scheme}`);
      if (shots) await page.screenshot({ path: join(shots, `backups-${name}-${how}-${scheme}.png`), fullPage: true });
    }
    is(bad.join('; '), '', 'complaints');
    await c.close();
  }
}

try {
  clock('2026-11-18T08:00:10Z');
  server.addUser('maat', 'administrator', password('maat'), slug);
  await world.enter('maat', password('maat'), true, host);
  for (const day of ['18', '19', '20', '22', '23']) clock(`2026-11-${day}T23:55:00Z`); // of one day there is none

  const c = await world.again('maat', password('maat'), host);
  await test('a month of states', () => look(c, '/sicherungen', 'calendar'));
  const path = await lookedInto(server, slug, c);
  await c.submit('/kontakte/neu', '/kontakte/neu', { name: 'Kam Danach GmbH' });
  await c.submit(path, path.replace(/wiederherstellung$/, 'vorschau'));
  await until(c, path, (text) => text.includes('Kam Danach'));
  const records = await found(c, path, '/kontakte/12');
  await c.submit(path, path.replace(/wiederherstellung$/, 'vorschau'));
  await until(c, path, (text) => text.includes(' heute<'));
  await test('then and now side by side, and the order with its price', () => look(c, path, 'order'));
  server.addUser('bootsfrau', 'administrator', password('bootsfrau'), slug);
  const second = await world.enter('bootsfrau', password('bootsfrau'), true, host);
  await test('single records that were found', () => look(c, records.split('/bestellung')[0], 'records'));
  await test('the order of single records', () => look(c, records, 'records-order'));
  await test('a person ticks what was found, says why, and has it back', async () => {
    const k = await context(browser, { ...phone, reducedMotion: 'reduce' }, c);
    const page = await k.newPage(), at = (p) => `https://${host}:${server.port}${p}`;
    await page.goto(at(records.split('/bestellung')[0]));
    await page.getByRole('checkbox').first().check();
    await page.getByRole('button', { name: 'Weiter zur Bestellung' }).click();
    await page.getByLabel('Heutige Werte überschreiben').check();
    await page.getByLabel('Grund').fill('Name versehentlich geändert');
    await page.getByRole('button', { name: 'zahlungspflichtig bestellen' }).click();
    await page.getByText('wartet auf die Freigabe').waitFor();
    taken = new URL(page.url()).pathname;
    is((await second.submit(taken, `${taken}/freigeben`)).status, 303, 'approved');
    await page.reload();
    await page.getByText('auf damals gesetzt').waitFor({ timeout: 30000 });
    await k.close();
  });
  await test('what came of single records', () => look(c, taken, 'records-report'));
  if (shots) {
    const say = async (lang) => is((await c.submit('/konto', '/konto', { first_name: 'Maat', last_name: 'Tamm', lang })).status, 303);
    await say('1');
    for (const [p, name] of [[path, 'order-en'], [records.split('/bestellung')[0], 'records-en'], [records, 'records-order-en'], [taken, 'records-report-en']]) await look(c, p, name);
    await say('0');
  }
  const r = await c.submit(path, path, { reason: 'Firmenliste versehentlich geleert' });
  is(r.status, 303, r.text.replace(/<[^>]*>/g, ' ').slice(0, 900));
  const order = r.headers.location.split('?')[0];
  await test('an order that waits for a second administrator', () => look(second, order, 'approve'));
  is((await second.submit(order, `${order}/freigeben`)).status, 303);
  await until(c, order, (text) => text.includes('ausgeführt,'));
  await test('what a restore did, and the way back', () => look(c, order, 'report'));
  const own = '/gesamtexport';
  await c.submit('/konto/nachweis', '/konto/nachweis', { password: password('maat') });
  is((await c.submit(own, own)).status, 200);
  await until(c, own, (text) => text.includes('/archiv"'));
  await test('everything to take along', () => look(c, own, 'export'));
  await test('the key to it, shown once, in English', async () => {
    is((await c.submit('/konto', '/konto', { first_name: 'Maat', last_name: 'Harms', lang: '1' })).status, 303);
    for (const [how, size] of [['desk', desk], ['phone', phone]]) {
      const x = await context(browser, { ...size, reducedMotion: 'reduce' }, c), page = await x.newPage(), bad = complaints(page);
      await page.goto(`https://${host}:${server.port}${own}`);
      await page.click(`form[action="${own}"] button[type=submit]`);
      await page.waitForSelector('#schluessel');
      is(await page.textContent('h1'), 'The key to your export');
      await accessible(page, `key, ${how}`);
      if (shots) await page.screenshot({ path: join(shots, `backups-key-${how}.png`), fullPage: true });
      is(bad.join('; '), '', 'complaints');
      await x.close();
      await until(c, own, (text) => !text.includes('class="status info"'));
    }
  });
} finally {
  await browser.close();
  await server.stop();
}
finish();
