// script.mjs: what the script adds to pages that work without it: clocks, sums, copying, keys, menus, the
// question before typed text is lost.
import { Client } from '../lib/client.mjs';
import { Server } from '../lib/server.mjs';
import { finish, is, test } from '../lib/tap.mjs';
import { complaints, context, desk, launch, phone } from './browser.mjs';

const server = await Server.start({ demo: 'S' });
const browser = await launch();
const [, login, password] = /Benutzername (\S+) · Passwort (\S+)/.exec(server.initOutput);
const host = `${server.cli(['workspace', 'list', '--json'])[0].slug}.localhost`;
const url = `https://${host}:${server.port}`;
const mara = new Client(server, host);
await mara.signIn(login, password);
const c = await context(browser, { ...desk, permissions: ['clipboard-read', 'clipboard-write'] }, mara);
const page = await c.newPage();
const bad = complaints(page);
const go = (path) => page.goto(url + path);
const focused = (sel) => page.evaluate((s) => document.activeElement.matches(s), sel);

await test('script: running clocks go on by themselves', async () => {
  await go('/');
  const clock = page.locator('header form.timer output');
  const seconds = async () => (await clock.innerText()).split(':').reduce((sum, x) => sum * 60 + Number(x), 0);
  const before = await seconds();
  await page.waitForFunction((t) => document.querySelector('header form.timer output').textContent !== t, await clock.innerText());
  const passed = await seconds() - before;
  is(passed >= 1 && passed < 10, true, `${passed} seconds later`);
});

// SES-03: what nobody did is no activity; so the script does not ask the server for anything by itself.
await test('script: a page that is left open asks the server for nothing', async () => {
  const p = await c.newPage();
  await p.clock.install();
  for (const path of ['/', '/zeiten', '/projekte', '/konto/sicherheit']) {
    await p.goto(url + path, { waitUntil: 'networkidle' });
    const asked = [];
    p.on('request', (r) => asked.push(r.url()));
    const clock = p.locator('header form.timer output');
    const before = await clock.innerText();
    await p.clock.runFor(10 * 60 * 1000);
    await p.evaluate(() => { for (const e of ['visibilitychange', 'focus', 'online', 'pageshow']) { document.dispatchEvent(new Event(e)); dispatchEvent(new Event(e)); } });
    await p.clock.runFor(10 * 60 * 1000);
    is(await clock.innerText() === before, false, `its clocks ran on ${path}`);
    is(asked.join(), '', path);
    p.removeAllListeners('request');
  }
  await p.close();
});

await test('script: a duration is written out as it will be booked', async () => {
  await go('/');
  const d = page.locator('main form.quick [name=minutes]');
  for (const [typed, shown] of [['1,5', '1:30'], ['90m', '1:30'], ['1h30', '1:30'], ['9-10:30', '9-10:30'], ['bald', 'bald']]) {
    await d.fill(typed);
    await d.blur();
    is(await d.inputValue(), shown, typed);
  }
});

await test('script: the week adds up while it is filled in', async () => {
  await go('/zeiten/woche/2026-11-24');
  const cell = page.locator('table[data-weekgrid] tbody tr').first().locator('[data-duration]').last();
  const sum = page.locator('table[data-weekgrid] [data-colsum]').last();
  is(await sum.innerText() === '2:15', false);
  await cell.fill('2,25');
  await cell.blur();
  is(await cell.inputValue(), '2:15');
  is(await sum.innerText(), '2:15');
});

await test('script: typed text is not left behind without a question', async () => {
  await go('/');
  let asked = 0;
  page.on('dialog', (d) => { asked++; d.dismiss(); });
  await page.goto(`${url}/projekte`);
  is(asked, 0, 'nothing was typed');
  await go('/');
  await page.fill('main form.quick [name=note]', 'halber Satz');
  await page.click('nav.nav a[href="/projekte"]');
  await page.waitForFunction(() => document.hasFocus());
  is(asked, 1, 'typed and not sent');
  is(new URL(page.url()).pathname, '/', 'still here');
  is(await page.inputValue('main form.quick [name=note]'), 'halber Satz');
  await page.fill('main form.quick [name=note]', '');
  await page.click('nav.nav a[href="/projekte"]');
  await page.waitForURL(`${url}/projekte`);
  is(asked, 1, 'nothing left to lose');
});

await test('script: sending a form asks nothing', async () => {
  await go('/kontakte/neu');
  let asked = 0;
  page.on('dialog', () => { asked++; });
  await page.fill('main [name=name]', 'Segelmacherei Nordkante');
  await page.click('main form button.primary');
  await page.waitForURL(/kontakte\/\d+/);
  is(asked, 0);
});

await test('script: all faults of a form come at once, in the page\'s words', async () => {
  await go('/kontakte/neu');
  await page.fill('main [name=name]', '');
  await page.click('main form button.primary');
  await page.waitForSelector('.error-summary');
  is(await focused('.error-summary'), true, 'the list of faults has the focus');
  is(await page.getAttribute('main [name=name]', 'aria-invalid'), 'true');
  await page.click('.error-summary a >> nth=0');
  is(await focused('main [name=name]'), true, 'its link leads to the field');
});

await test('script: keys find search, pages and the overview', async () => {
  await go('/projekte');
  await page.keyboard.press('/');
  is(await focused('.search input'), true, 'search');
  await page.keyboard.type('g');
  is(await page.inputValue('.search input'), 'g', 'a letter in a field is a letter');
  await page.fill('.search input', 'haus');
  await page.keyboard.press('Enter');
  await page.waitForURL(/suche\?q=haus/);
  await page.locator('main h1').click();
  await page.keyboard.press('?');
  is(await page.locator('dialog#keys').isVisible(), true, 'overview');
  await page.keyboard.press('Escape');
  is(await page.locator('dialog#keys').isVisible(), false);
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await page.waitForURL(`${url}/kontakte`);
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  await page.waitForURL(`${url}/`);
  await page.keyboard.press('n');
  is(await page.evaluate(() => document.activeElement.form?.matches('form.quick')), true, 'new entry');
  await go('/projekte');
  await page.keyboard.press('n');
  await page.waitForURL(`${url}/projekte/neu`);
});

await test('script: menus open, walk and close by keys', async () => {
  await go('/projekte');
  const menu = page.locator('header > details.menu');
  await menu.locator('summary').focus();
  await page.keyboard.press('Enter');
  is(await menu.evaluate((d) => d.open), true, 'open');
  await page.keyboard.press('Tab');
  is(await focused('.menu-list a'), true, 'the first entry');
  await page.keyboard.press('Escape');
  is(await menu.evaluate((d) => d.open), false, 'closed');
  is(await focused('header > details.menu > summary'), true, 'the focus is back');
  await page.keyboard.press('Enter');
  await page.locator('main h1').click();
  is(await menu.evaluate((d) => d.open), false, 'closed by a click beside it');
});

await test('script: light and dark change at once and stay', async () => {
  await go('/projekte');
  const kept = page.waitForResponse(/darstellung/);
  await page.click('form.theme button');
  is(await page.getAttribute('html', 'data-theme'), 'dark');
  await kept;
  await go('/kontakte');
  is(await page.getAttribute('html', 'data-theme'), 'dark', 'on the next page');
});

await test('script: the filters of a list answer without a button', async () => {
  await go('/projekte');
  const before = await page.locator('#pl tbody tr').count();
  await page.check('form.filters [name=mine]');
  await page.waitForFunction((n) => document.querySelectorAll('#pl tbody tr').length !== n, before);
  is(/mine=1/.test(page.url()), true, 'the address says what is shown');
});

await test('script: the secret is copied with one press', async () => {
  await go('/konto/zwei-faktor');
  await page.fill('main [name=name]', 'Telefon');
  await page.click('main form button[type=submit]');
  await page.waitForURL(/zwei-faktor\/\d+/);
  const b = page.locator('[data-copy]').first();
  const shown = await page.locator(await b.getAttribute('data-copy')).innerText();
  await b.click();
  await page.waitForFunction(() => document.getElementById('live').textContent);
  is(await page.evaluate(() => navigator.clipboard.readText()), shown.trim());
});

await test('script: a password can be looked at', async () => {
  await go('/konto/passwort');
  const field = page.locator('main [name=password]').last();
  is(await field.getAttribute('type'), 'password');
  await page.locator('[data-reveal]').last().check();
  is(await field.getAttribute('type'), 'text');
});

await test('script: what a finger presses alone is 44 px high', async () => {
  const f = await context(browser, phone, mara);
  const p = await f.newPage();
  const small = [];
  for (const path of ['/', '/zeiten/2026-11-24', '/projekte', '/kontakte', '/kontakte/neu', '/konto', '/mehr']) {
    await p.goto(url + path);
    small.push(...await p.evaluate((at) => [...document.querySelectorAll('.btn:not(.sm), .tabs a, .tabbar a, .check, .input, .select')]
      .filter((el) => el.checkVisibility() && el.getBoundingClientRect().height > 0 && el.getBoundingClientRect().height < 43.5)
      .map((el) => `${at}: ${el.className || el.tagName} ${el.textContent.trim().slice(0, 20)} ${Math.round(el.getBoundingClientRect().height)}`), path));
  }
  await f.close();
  is(small.join('; '), '');
});

await test('script: no error was written to the console, no policy broken', () => is(bad.join('\n'), ''));

await browser.close();
await server.stop();
finish();
