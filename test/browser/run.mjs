// run.mjs: real browser runs: from the one-time link to a booked hour on an imported customer's project; on a
// phone's width; without JavaScript; every page through axe. The second factor is read from the screen by
// zbarimg and its codes are made by oathtool, neither of which knows our code.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, root } from '../lib/server.mjs';
import { finish, is, test } from '../lib/tap.mjs';
import { accessible, complaints, context as newContext, desk as wide, launch, phone } from './browser.mjs';
import { forgotPages } from './forgot.mjs';
import { ladderPages } from './ladder.mjs';
import { passkeyPages } from './passkey.mjs';
import { signInPages } from './sign_in.mjs';

const shots = process.env.KONTOR_SHOTS || join(root, 'test-out', 'shots');
mkdirSync(shots, { recursive: true });
const tmp = mkdtempSync(join(tmpdir(), 'kontor-browser-'));

const csv = 'Firma;Anrede;Vorname;Nachname;Straße;Hausnummer;PLZ;Ort;E-Mail\r\n' +
  'Stadtwerke Auental;Frau;Jördis;Tannhof;Am Kanal;4;24103;Kiel;jt@auental.example\r\n' +
  'Möbelhaus Birkenried;Herr;Piet;Sandweg;Lange Reihe;12;20099;Hamburg;ps@birkenried.example\r\n';

const server = await Server.start({});
const browser = await launch();
const context = (opts, client) => newContext(browser, opts, client);

const desk = await context(wide);
const page = await desk.newPage();
const problems = complaints(page);
const go = (path) => page.goto(server.url + path);
const password = 'Nebelhorn an der Förde 47';
let secret, project;

const code = () => execFileSync('oathtool', ['--totp', '-b', secret], { encoding: 'utf8' }).trim();
async function freshCode(last) { // a code is good once: wait for the next one
  let c = code();
  while (c === last) { await new Promise((r) => setTimeout(r, 500)); c = code(); }
  return c;
}

await test('browser: the one-time link lets the first owner choose name and password', async () => {
  const link = /\/einladung\/[A-Za-z0-9_-]+/.exec(server.initOutput)[0];
  await go(link);
  await page.screenshot({ path: join(shots, 'welcome.png') });
  await accessible(page, 'invitation');
  await page.fill('[name=login]', 'mara');
  for (const [n, v] of [['first_name', 'Mara'], ['last_name', 'Tannhof']]) if (await page.$(`[name=${n}]`)) await page.fill(`[name=${n}]`, v);
  await page.fill('[name=password]', password);
  await page.click('main button[type=submit]');
  await page.waitForURL(/zwei-faktor/);
});

await test('browser: the second factor is set up with the picture on the screen', async () => {
  await accessible(page, 'second factor');
  await page.click('main form button[type=submit]');
  await page.waitForURL(/zwei-faktor\/\d+/);
  await page.screenshot({ path: join(shots, 'enrol.png') });
  const png = join(tmp, 'qr.png');
  const src = await page.getAttribute('img[src*="qr.png"]', 'src');
  const r = await page.request.get(new URL(src, server.url).href);
  is(r.headers()['content-type'], 'image/png');
  writeFileSync(png, await r.body());
  const uri = execFileSync('zbarimg', ["-q", "--raw", png], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  is(uri.startsWith('otpauth://totp/'), true, uri);
  secret = new URL(uri).searchParams.get('secret');
  await accessible(page, 'enrolment');
  await page.fill('main [name=code]', code());
  await page.click('main form:has([name=code]) button[type=submit]');
  await page.waitForURL((u) => !/zwei-faktor\/\d+/.test(u.pathname));
});

await test('browser: contacts come in from a CSV file', async () => {
  await go('/kontakte/import');
  await accessible(page, 'import');
  const file = join(tmp, 'kontakte.csv');
  writeFileSync(file, Buffer.from(csv, 'latin1'));
  await page.setInputFiles('input[type=file]', file);
  await page.click('main form:has(input[type=file]) button[type=submit]');
  await page.waitForURL(/import\/\d+/);
  await page.screenshot({ path: join(shots, 'import-map.png') });
  await accessible(page, 'import columns');
  await page.click('main form.panel button.primary, main form button.primary');
  await page.waitForURL(/pruefung/);
  await page.screenshot({ path: join(shots, 'import-check.png') });
  await accessible(page, 'import check');
  await page.click('main form button.primary');
  await page.waitForURL(/ergebnis/);
  await go('/kontakte');
  await page.waitForSelector('text=Stadtwerke Auental');
  await accessible(page, 'contacts');
});

await test('browser: a project for the imported customer', async () => {
  await page.click('text=Stadtwerke Auental');
  await page.waitForURL(/kontakte\/\d+/);
  const company = /kontakte\/(\d+)/.exec(page.url())[1];
  await accessible(page, 'company');
  await go(`/projekte/neu?company_id=${company}`);
  await page.fill('[name=name]', 'Kundenportal');
  const person = await page.$('select[name=person_id]');
  if (person) await person.selectOption({ index: 1 }).catch(() => person.selectOption({ index: 0 }));
  await accessible(page, 'new project');
  await page.click('main form button.primary');
  await page.waitForURL(/projekte\/\d+/);
  project = /projekte\/(\d+)/.exec(page.url())[1];
  await page.screenshot({ path: join(shots, 'project.png') });
  await accessible(page, 'project');
});

await test('browser: an hour is booked on it', async () => {
  await go('/');
  if (!await page.$('select[name=category_id] option[value]:not([value=""])')) {
    await go('/einstellungen/kategorien/neu');
    await page.fill('[name=name]', 'Konzeption');
    await page.click('main form button.primary');
    await go('/');
  }
  await page.selectOption('select[name=project_id]', project);
  await page.selectOption('select[name=category_id]', { index: 1 }).catch(() => page.selectOption('select[name=category_id]', { index: 0 }));
  await page.fill('main [name=note]', 'Wireframes Tarifrechner');
  await page.fill('main [name=minutes]', '1h');
  await page.click('main form.quick button.primary');
  await page.waitForSelector('text=Wireframes Tarifrechner');
  is(/1:00/.test(await page.innerText('main')), true, 'one hour stands there');
  await go('/');
  await page.screenshot({ path: join(shots, 'start.png') });
  await accessible(page, 'start');
});

await test('browser: a timer runs, survives signing out, and is booked', async () => {
  await go('/');
  await page.click('main form.quick button[name=start]');
  await page.waitForSelector('header form.timer');
  await page.click('header > details.menu > summary');
  await page.click('form[action="/abmelden"] button');
  await page.waitForURL(/anmelden/);
  await accessible(page, 'sign in');
  await page.screenshot({ path: join(shots, 'sign-in.png') });
  await page.fill('[name=login]', 'MARA');
  await page.fill('[name=password]', password);
  const used = code();
  await page.click('main button[type=submit]');
  await page.waitForURL(/anmelden\/code/);
  await accessible(page, 'code');
  await page.fill('[name=code]', await freshCode(used));
  await page.click('main form:has([name=code]) button[type=submit]');
  await page.waitForSelector('header form.timer');
  await page.click('header form.timer button');
  await page.waitForFunction(() => !document.querySelector('header form.timer'));
});

const pages = ['/', '/zeiten/2026-11-24', '/zeiten/woche/2026-11-24', '/projekte', '/kontakte', '/kontakte/personen', '/einstellungen', '/einstellungen/projekte',
  '/einstellungen/zeiten', '/einstellungen/kategorien', '/personen', '/personen/neu', '/gruppen', '/konto', '/konto/sicherheit', '/konto/hinweise', '/konto/passwort', '/suche?q=auental',
  '/gibtesnicht'];

for (const [name, opts] of [['1440 px, dark', { ...wide, colorScheme: 'dark' }],
  ['390 px', phone]]) {
  await test(`browser: every page is accessible and fits at ${name}`, async () => {
    const c = await context({ ...opts, storageState: await desk.storageState() });
    const p = await c.newPage();
    const bad = [];
    for (const path of [...pages, `/projekte/${project}`, `/projekte/${project}/zeiten`]) {
      await p.goto(server.url + path);
      await p.screenshot({ path: join(shots, `${name.slice(0, 3)}-${path.replace(/\W+/g, '-')}.png`) });
      await accessible(p, path).catch((e) => bad.push(e.message));
    }
    await c.close();
    is(bad.join('\n'), '', 'findings');
  });
}

await test('browser: without JavaScript an hour is booked all the same', async () => {
  const c = await context({ javaScriptEnabled: false, viewport: { width: 390, height: 844 }, storageState: await desk.storageState() });
  const p = await c.newPage();
  await p.goto(server.url + '/zeiten/2026-11-23');
  await p.selectOption('select[name=project_id]', project);
  await p.fill('main [name=note]', 'ohne Skript');
  await p.fill('main [name=minutes]', '0:20');
  await p.click('main form.quick button.primary');
  await p.waitForSelector('text=ohne Skript');
  await p.click('summary:has-text("Konto")').catch(() => {});
  await c.close();
});

await signInPages({ context, accessible, shots });
await forgotPages({ context, accessible, shots });
await ladderPages({ context, accessible, shots });
await passkeyPages({ context, accessible, shots });

await test('browser: English is there for who wants it', async () => {
  const c = await context({ locale: 'en-GB', viewport: { width: 1440, height: 1000 } });
  const p = await c.newPage();
  await p.goto(server.url + '/anmelden');
  is(await p.getAttribute('html', 'lang'), 'en');
  await c.close();
});

await test('browser: no error was written to the console, no policy broken', () => {
  is(problems.join('\n'), '');
});

await browser.close();
await server.stop();
finish();
