// crawl.mjs: every page that a link leads to, as an administrator, as somebody with few rights and as an
// operator, in German and English: no axe violation in light or dark, on a desk or a phone; nothing too wide;
// one heading, a title of its own, the right language. KONTOR_SHOTS=folder keeps a picture of each.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '../lib/client.mjs';
import { Server, root } from '../lib/server.mjs';
import { escrowLine, found, lookedInto, until } from '../lib/states.mjs';
import { World } from '../lib/world.mjs';
import { finish, is, test } from '../lib/tap.mjs';
import { complaints, context, desk, launch, tooWide, violations } from './browser.mjs';

const shots = process.env.KONTOR_SHOTS;
if (shots) mkdirSync(shots, { recursive: true });
const server = await Server.start({ demo: 'S', conf: `workspace_mail = 1\nrestore_release = 2\n${escrowLine()}` });
const browser = await launch();
const pw = 'Nebelhorn an der Förde 47';

// --- who looks ------------------------------------------------------------------------------------------
const slug = server.cli(['workspace', 'list', '--json'])[0].slug;
const host = `${slug}.localhost`;
const { id: chiefId } = server.addUser('chefin', 'administrator', pw, slug);
server.addUser('vize', 'administrator', pw, slug);
server.addUser('kurz', 'time_recorder_1', pw, slug);
const demo = /Benutzername (\S+) · Passwort (\S+)/.exec(server.initOutput);

async function signedIn(login, enrol, password = pw) {
  const c = new Client(server, host);
  await c.signIn(login, password);
  if (enrol) await World.enrol(c);
  return c;
}

async function operator() {
  const c = new Client({ port: server.operatorPort, ca: server.ca }, 'localhost');
  const link = /:\d+(\/einladung\/[A-Za-z0-9_-]+)\s*$/m.exec(server.initOutput)[1];
  const r = await c.submit(link, link, { login: 'wache', password: pw, first_name: 'Wiebke', last_name: 'Achterberg' });
  is(r.status, 303, 'the operator comes in');
  await World.enrol(c);
  return c;
}

// An import with good and bad lines, so that its pages have something to show.
async function upload(c) {
  const rows = ['Firma;Vorname;Nachname;PLZ;Ort;E-Mail', 'Stadtwerke Auental;Jördis;Tannhof;24103;Kiel;jt@auental.example',
    ';Ole;Ohne;abc;;kaputt'];
  const r = await c.upload('/kontakte/import', '/kontakte/import', 'file', 'kontakte.csv', `${rows.join('\r\n')}\r\n`);
  is(r.status, 303, 'the file is taken');
  return r.headers.location.split('?')[0];
}

// A mail server of the agency's own that is on and never answers, and a mail that waits for it.
async function outside(c) {
  const at = '/einstellungen/verbindungen', form = `${at}/mailserver`, me = `/personen/${chiefId}`;
  is((await c.submit(me, me, { email: 'lennard@auental.example', first_name: 'Lennard', last_name: 'Achterberg-Süderhafen' })).status, 303, 'an address');
  is((await c.submit(form, form, { host: 'mail.auental.example', port: 465, target_login: 'kontor@auental.example', password: 'Sehr-geheim-0815!',
    sender: 'buero@auental.example', provider: 'Auental Hosting GmbH', country: 'Deutschland', contract_state: 2 })).status, 303, 'a mail server');
  is((await c.submit(at, `${form}/einschalten`, { confirmed: 1 })).status, 303, 'is on');
  is((await c.submit(at, '/einstellungen/postausgang/test')).status, 303, 'a mail');
}

// A state that was looked into and ordered; it waits for the other administrator.
async function ordered(c) {
  const path = await lookedInto(server, slug, c);
  records = await found(c, path, '/kontakte/12');
  is((await c.submit('/kontakte/neu', '/kontakte/neu', { name: 'Kam Danach GmbH' })).status, 303, 'something came since');
  const r = await c.submit(path, path, { reason: '2026' });
  is(r.status, 303, 'ordered');
  return r.headers.location.split('?')[0];
}

// --- what is asked of a page ----------------------------------------------------------------------------
// Texts that are the same in both languages prove nothing.
function catalogue(lang) {
  const text = readFileSync(join(root, 'po', `${lang}.po`), 'utf8');
  return new Map([...text.matchAll(/^msgid "(.+)"\nmsgstr ((?:"(?:[^"\\]|\\.)*"\n?)+)/gm)]
    .map(([, k, v]) => [k, v.split('\n').map((l) => l.replace(/^"|"$/g, '')).join('').replace(/\\"/g, '"')]));
}
const de = catalogue('de'), en = catalogue('en');
const said = new Set(en.values());
// Names that people gave: a device, the columns of the file, a language in its own words.
const given = new Set(['Telefon', 'Firma', 'Vorname', 'Nachname', 'E-Mail', 'Ort', 'PLZ', 'Deutsch', 'Deutschland']);
const german = [...de].filter(([k, v]) => v !== en.get(k) && !said.has(v) && !/\{\d\}/.test(v) && v.length > 3 && !given.has(v)).map(([, v]) => v);
const typical = ['Sie', 'Ihre', 'nicht', 'oder', 'keine', 'kein', 'wird', 'wurde', 'bitte', 'freiwillig', 'Projekte', 'Kunde', 'Kontakte', 'Zeiten',
  'Leistung', 'Tätigkeit', 'Dauer', 'Heute', 'Speichern', 'Abbrechen', 'Zurück', 'Löschen', 'Bearbeiten', 'Erfassen', 'abrechenbar', 'läuft'];

async function facts(page) {
  return page.evaluate(({ german, typical }) => {
    const words = [];
    const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
    for (let n; (n = walk.nextNode());) {
      const own = n.parentElement.closest('[lang]');
      if (own === document.documentElement && n.data.trim()) words.push(n.data.trim());
    }
    for (const el of document.querySelectorAll('[aria-label],[placeholder],[title]')) {
      for (const a of ['aria-label', 'placeholder', 'title']) if (el.hasAttribute(a)) words.push(el.getAttribute(a));
    }
    const all = new Set(german), some = new RegExp(`(?<![\\p{L}-])(${typical.join('|')})(?![\\p{L}-])`, 'u');
    return {
      lang: document.documentElement.lang,
      title: document.title,
      h1: [...document.querySelectorAll('h1')].map((h) => h.innerText.trim()),
      german: [...new Set(words.filter((w) => all.has(w) || some.test(w)))],
      links: [...document.querySelectorAll('a[href]')].map((a) => a.href),
    };
  }, { german, typical });
}

// --- the walk ------------------------------------------------------------------------------------------
const shape = (url) => url.pathname.replace(/\d{4}-\d\d-\d\d/g, 'DAY').replace(/\d+/g, 'N').replace(/einladung\/.*/, 'einladung/X') +
  [...new Set([...url.searchParams.keys()])].sort().map((k) => `&${k}`).join('');
const skip = /[?&](sprache|sort)=|^\/a\/|\.(csv|png|pem)(\?|$)|^\/abmelden/;

async function walk(lang, who, client, base, starts, only = /./) {
  const findings = [], titles = new Map(), seen = new Set(['/']);
  const c = await context(browser, { ...desk, reducedMotion: 'reduce', locale: lang === 'de' ? 'de-DE' : 'en-GB' }, client);
  const page = await c.newPage();
  const bad = complaints(page);
  const queue = starts.map((s) => ({ url: new URL(s, base), key: s })); // by name: they must not hide others
  let n = 0;
  while (queue.length) {
    const { url, key } = queue.shift();
    n++;
    const fault = (what) => findings.push(`${url.pathname}${url.search}: ${what}`);
    const picture = async (how) => {
      if (!shots) return;
      const file = `${who}-${lang}-${how}-${key.replace(/\W+/g, '-').replace(/^-|-$/g, '') || 'start'}.png`;
      await page.screenshot({ path: join(shots, file), fullPage: true });
    };
    await page.setViewportSize(desk.viewport);
    await page.emulateMedia({ colorScheme: 'light' });
    const r = await page.goto(url.href, { waitUntil: 'load' }).catch((e) => {
      if (!/Download is starting/.test(e.message)) throw e;
    });
    if (!r) continue; // a file, no page
    const f = await facts(page), at = shape(new URL(page.url()));
    if (f.lang !== lang) fault(`lang="${f.lang}"`);
    if (f.h1.length !== 1 || !f.h1[0]) fault(`${f.h1.length} headings: ${f.h1.join(' | ')}`);
    if (!/^\S.{2,} – Kontor$/.test(f.title)) fault(`title "${f.title}"`);
    if (r.ok() && !/&/.test(at)) {
      if ((titles.get(f.title) ?? at) !== at) fault(`has the title of ${titles.get(f.title)}: ${f.title}`);
      titles.set(f.title, at);
    }
    if (lang === 'en' && f.german.length) fault(`German: ${f.german.join(' | ')}`);
    for (const v of await violations(page)) fault(`axe: ${v}`);
    await picture('desk');
    await page.emulateMedia({ colorScheme: 'dark' });
    await picture('dark');
    await page.setViewportSize({ width: 390, height: 844 });
    const wide = await tooWide(page);
    if (wide > 0) fault(`${wide} px too wide at 390 px`);
    if (lang === 'de') { // colours and sizes do not depend on the words
      for (const v of await violations(page, ['color-contrast', 'target-size', 'scrollable-region-focusable'])) fault(`axe, narrow and dark: ${v}`);
    }
    await picture('phone');
    for (const href of f.links) {
      const next = new URL(href);
      next.hash = '';
      if (next.origin === new URL(base).origin && !skip.test(next.pathname + next.search) && only.test(next.pathname) && !seen.has(shape(next))) {
        seen.add(shape(next));
        queue.push({ url: next, key: shape(next) });
      }
    }
  }
  await c.close();
  if (findings.length + bad.length) throw new Error([...findings, ...bad].join('\n'));
  return n;
}

const office = `https://${host}:${server.port}`, console_ = `https://localhost:${server.operatorPort}`;
const open = ['/anmelden', '/einladung/gibtesnicht', '/gibtesnicht'];
let chief, mara, short, guard, imported, records;
await test('crawl: the people who look', async () => {
  [chief, short, guard] = [await signedIn('chefin', true), await signedIn('kurz', false), await operator()];
  mara = await signedIn(demo[1], false, demo[2]);
  imported = await upload(chief);
  await outside(chief);
  const order = await ordered(chief), vice = await signedIn('vize', true);
  is((await vice.submit(order, `${order}/freigeben`)).status, 303, 'a second administrator agrees');
  await until(guard, '/freigaben', (t) => t.includes('href="/freigaben/1"')); // it waits for the operator's people
  // And what the console's pages show of it.
  server.cli(['backup', 'drill', '--workspace', slug, '--json']);
  server.cli(['incident', 'open', '--text', 'Switch 7', '--json']);
  server.cli(['price', 'set', '--restore-records', '0', '--json']);
});

// English first: a person starts in German, and saving what is there already is told as a conflict.
async function say(client, lang) {
  const r = await client.submit('/konto', '/konto', { first_name: 'Lennard', last_name: 'Achterberg-Süderhafen', lang: lang === 'en' ? '1' : '0' });
  if (r.status !== 303) throw new Error(`no ${lang}: ${r.status} ${r.text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').slice(0, 900)}`);
}

for (const lang of ['de', 'en']) {
  await test(`crawl: before signing in, ${lang}`, () => walk(lang, 'open', null, office, open));
  await test(`crawl: administrator, ${lang}`, async () => {
    await say(chief, lang);
    const n = await walk(lang, 'chief', chief, office, ['/', imported, `${imported}/pruefung`, records, '/suche?q=zzzz', '/suche?q=haus',
      '/projekte/999999', '/gibtesnicht', '/kontakte?q=zzzz', '/kontakte/12/zusammenfuehren?mit=11', '/projekte?q=zzzz', '/zeiten/2031-01-01', '/zeiten/woche/2031-01-01', '/mehr']);
    is(n > 40, true, `${n} pages`);
  });
  await test(`crawl: somebody who books hours, ${lang}`, async () => {
    await say(short, lang);
    await walk(lang, 'short', short, office, ['/', '/personen', '/mehr']);
  });
  await test(`crawl: a full working day, ${lang}`, async () => {
    await say(mara, lang);
    await walk(lang, 'mara', mara, office, ['/', '/zeiten/woche/2026-11-24'], /^\/(zeiten|$)/);
  });
  await test(`crawl: operator, ${lang}`, async () => {
    await say(guard, lang);
    await walk(lang, 'guard', guard, console_, ['/', '/mehr', '/gibtesnicht']);
  });
}

await browser.close();
await server.stop();
finish();
