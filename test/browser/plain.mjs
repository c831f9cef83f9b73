// plain.mjs: a browser without any script: sign-in with the second factor, a contact, a file of contacts, a
// project, an hour by hand and one by the clock, and what a refused form says.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '../lib/client.mjs';
import { Server } from '../lib/server.mjs';
import { World } from '../lib/world.mjs';
import { finish, is, test } from '../lib/tap.mjs';
import { context, launch, phone } from './browser.mjs';

const server = await Server.start({});
const browser = await launch();
const tmp = mkdtempSync(join(tmpdir(), 'kontor-plain-'));
const password = 'Nebelhorn an der Förde 47';
server.addUser('svea', 'administrator', password, server.cli(['workspace', 'list', '--json'])[0].slug);
const before = new Client(server);
await before.signIn('svea', password);
const secret = (await World.enrol(before)).replace(/ /g, '');
const used = Date.now();

const c = await context(browser, { ...phone, javaScriptEnabled: false });
const page = await c.newPage();
const go = (path) => page.goto(server.url + path);
const send = () => page.click('main form button.primary');
let project;

await test('plain: signing in, with the second factor', async () => {
  await go('/anmelden');
  is(await page.locator('[data-js]:visible').count(), 0, 'nothing is offered that needs a script');
  await page.fill('[name=login]', 'svea');
  await page.fill('[name=password]', password);
  await send();
  await page.waitForURL(/anmelden\/code/);
  // A code is good once, and the one of enrolling is used up.
  await new Promise((done) => { setTimeout(done, Math.max(0, (Math.floor(used / 30000) + 1) * 30000 - Date.now() + 500)); });
  await page.fill('main [name=code]', execFileSync('oathtool', ['--totp', '-b', secret], { encoding: 'utf8' }).trim());
  await send();
  await page.waitForURL(`${server.url}/`);
});

await test('plain: settings: a service to book on', async () => {
  await go('/einstellungen/kategorien/neu');
  await page.fill('main [name=name]', 'Konzeption');
  await send();
  await page.waitForSelector('text=Konzeption');
});

await test('plain: a contact; refused with all faults, then kept', async () => {
  await go('/kontakte/neu');
  await page.fill('main [name=company_email]', 'kaputt');
  await send();
  await page.waitForSelector('.error-summary');
  is(/Firma: Bitte füllen/.test(await page.innerText('.error-summary')), true, 'told with the name of the field');
  is(await page.inputValue('main [name=company_email]'), 'kaputt', 'the input stays');
  await page.fill('main [name=company_email]', 'moin@nordkante.example');
  await page.fill('main [name=name]', 'Segelmacherei Nordkante');
  await page.fill('main [name=city]', 'Kiel');
  await page.fill('main [name=last_name]', 'Sandweg');
  await send();
  await page.waitForURL(/kontakte\/\d+/);
  await page.waitForSelector('text=Segelmacherei Nordkante');
});

await test('plain: a file of contacts', async () => {
  await go('/kontakte/import');
  const file = join(tmp, 'k.csv');
  writeFileSync(file, 'Firma;Vorname;Nachname;PLZ;Ort\nStadtwerke Auental;Jördis;Tannhof;24103;Kiel\n');
  await page.setInputFiles('input[type=file]', file);
  await send();
  await page.waitForURL(/import\/\d+/);
  await send();
  await page.waitForURL(/pruefung/);
  await send();
  await page.waitForURL(/ergebnis/);
});

await test('plain: a list is filtered with the button that a script makes needless', async () => {
  await go('/kontakte');
  await page.fill('main [name=q]', 'Auental');
  await page.click('main form.filters button');
  await page.waitForURL(/q=Auental/);
  is(await page.locator('text=Segelmacherei').count(), 0);
  await page.click('text=Stadtwerke Auental');
  await page.waitForURL(/kontakte\/\d+/);
});

await test('plain: a project for the imported customer', async () => {
  await page.click('main a:has-text("Projekt anlegen")');
  await page.fill('main [name=name]', 'Kundenportal');
  await send();
  await page.waitForURL(/projekte\/\d+/);
  project = /projekte\/(\d+)/.exec(page.url())[1];
});

await test('plain: an hour by hand, changed, and taken away', async () => {
  await go('/zeiten');
  await page.selectOption('main [name=project_id]', project);
  await page.selectOption('main [name=category_id]', { label: 'Konzeption' });
  await page.fill('main [name=note]', 'Wireframes');
  await page.fill('main [name=minutes]', '1,5');
  await page.click('main form.quick button.primary');
  await page.waitForSelector('text=Wireframes');
  await page.click('main a[href^="/zeiten/eintrag/"]');
  await page.fill('main [name=minutes]', '0:45');
  await page.click('main form:has([name=minutes]) button.primary');
  await page.waitForSelector('text=Wireframes');
  is(/0:45/.test(await page.innerText('main')), true, 'changed');
  await page.click('main a[href^="/zeiten/eintrag/"]');
  await page.click('form[action$="/loeschen"] button');
  await page.waitForURL(/zeiten/);
  is(await page.locator('text=Wireframes').count(), 0, 'gone');
});

await test('plain: the clock: started, stopped, booked', async () => {
  await go(`/projekte/${project}`);
  await page.click('main form[action="/zeiten/uhren"] button');
  await page.waitForSelector('header form.timer');
  is(/^\d+:\d\d:\d\d$/.test(await page.innerText('header form.timer output')), true, 'the server says the time');
  await page.click('header form.timer button');
  await page.waitForLoadState();
  is(await page.locator('header form.timer').count(), 0, 'stopped');
});

await test('plain: the week as a grid', async () => {
  await go('/zeiten');
  await page.selectOption('main [name=project_id]', project);
  await page.selectOption('main [name=category_id]', { label: 'Konzeption' });
  await page.fill('main [name=minutes]', '2');
  await page.click('main form.quick button.primary');
  await page.waitForLoadState();
  await page.click('main .tabs a:has-text("Woche")');
  const cell = page.locator('main table tbody tr').first().locator('input.input').last();
  await cell.fill('0:30');
  await page.click('main form button.primary');
  await page.waitForLoadState();
  is(/0:30/.test(await page.inputValue('main table tbody tr >> nth=0 >> input.input >> nth=-1')), true, 'kept');
});

await test('plain: menus, the dark page, signing out', async () => {
  await go('/');
  await page.click('header > details.menu > summary');
  await page.click('header .menu-list a[href="/konto"]');
  await page.selectOption('main [name=theme]', '2');
  await page.fill('main [name=first_name]', 'Svea');
  await page.fill('main [name=last_name]', 'Kornbach');
  await page.click('main form:has([name=theme]) button.primary');
  await page.waitForLoadState();
  is(await page.getAttribute('html', 'data-theme'), 'dark');
  await page.click('header > details.menu > summary');
  await page.click('form[action="/abmelden"] button');
  await page.waitForURL(/anmelden/);
});

await browser.close();
await server.stop();
finish();
