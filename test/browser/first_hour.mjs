// first_hour.mjs: the README's way, from the printed log-in to an hour booked on a customer that came from a file,
// by what a new user sees and clicks; no address is typed but the first. How long that takes a person is counted by
// the keystroke-level model (Card, Moran, Newell 1980): the seconds of each act below, and reading each new page.
// The same way with a second factor and on a telephone: run.mjs.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server } from '../lib/server.mjs';
import { finish, is, test } from '../lib/tap.mjs';
import { complaints, context, desk, launch } from './browser.mjs';

const seconds = { key: 0.28, point: 1.1, think: 1.35, hand: 0.4, read: 3 };
const server = await Server.start({ demo: 'S' });
const browser = await launch();
const page = await (await context(browser, desk)).newPage();
const bad = complaints(page);
const [, login, password] = /Benutzername (\S+) · Passwort (\S+)/.exec(server.initOutput);
const host = `${server.cli(['workspace', 'list', '--json'])[0].slug}.localhost`;
let spent = 0;
const steps = [];

const spend = (what, s) => { spent += s; steps.push(`${s.toFixed(1).padStart(5)} s  ${what}`); };
const read = () => spend(`reads "${new URL(page.url()).pathname}"`, seconds.read);
async function press(at, leads = true) {
  const before = page.url();
  spend(`presses "${(await at.innerText()).trim()}"`, seconds.think + seconds.point);
  await at.click();
  if (!leads) return;
  await page.waitForURL((u) => u.href !== before);
  read();
}
async function type(label, text) {
  const at = field(label);
  spend(`types "${label}"`, seconds.think + seconds.point + 2 * seconds.hand + seconds.key * text.length);
  await at.fill(text);
}
async function choose(label, option) {
  const at = field(label);
  spend(`chooses "${label}"`, seconds.think + 2 * seconds.point);
  await at.selectOption(option);
}
const field = (label) => page.locator('main').getByLabel(new RegExp(`^${label}`)).first();
const link = (name) => page.getByRole('link', { name, exact: true }).first();
const button = (name) => page.locator('main').getByRole('button', { name });

await test('first hour: signed in with the printed log-in', async () => {
  spend('opens the printed address', 3 * seconds.think);
  await page.goto(`https://${host}:${server.port}/`);
  read();
  await type('Benutzername', login);
  await type('Passwort', password);
  await press(button('Anmelden'));
});

await test('first hour: the customer comes from a file', async () => {
  await press(link('Kontakte'));
  await press(link(/Importieren/));
  const file = join(mkdtempSync(join(tmpdir(), 'kontor-hour-')), 'kontakte.csv');
  writeFileSync(file, Buffer.from('Firma;Anrede;Vorname;Nachname;Straße;Hausnummer;PLZ;Ort\r\n' +
    'Stadtwerke Auental;Frau;Jördis;Tannhof;Am Kanal;4;24103;Kiel\r\n', 'latin1'));
  spend('finds the file', 2 * seconds.think + 3 * seconds.point);
  await page.setInputFiles('input[type=file]', file);
  await press(button('Datei hochladen'));
  await press(button('Vorschau zeigen'));
  await press(button('Kontakte übernehmen'));
});

await test('first hour: a project for that customer', async () => {
  await press(link('Projekte'));
  await press(link('Projekt anlegen'));
  await choose('Kunde', { label: 'Stadtwerke Auental' });
  await press(button('Weiter'));
  await type('Projekt', 'Tarifrechner 2027');
  await press(button('Projekt anlegen'));
});

await test('first hour: an hour on it', async () => {
  await press(link('Zeiten'));
  const project = await page.locator('main select[name=project_id] option', { hasText: 'Tarifrechner 2027' }).first().getAttribute('value');
  await choose('Projekt', project);
  await choose('Leistung', { index: 1 });
  await type('Dauer', '1h');
  await type('Tätigkeit', 'Wireframes');
  spend('presses "Erfassen"', seconds.think + seconds.point);
  await button('Erfassen').first().click();
  await page.waitForSelector('main >> text=Wireframes');
});

console.log(steps.map((x) => `# ${x}`).join('\n'));
await test(`first hour: that takes a person ${Math.round(spent)} s, less than three minutes`, () => is(spent < 180, true));
await test('first hour: no error was written to the console, no policy broken', () => is(bad.join('\n'), ''));
await browser.close();
await server.stop();
finish();
