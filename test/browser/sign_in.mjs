// sign_in.mjs: every page of signing in, second factor, recovery, account and people in a real browser, wide in
// German and on a phone's width in English, with axe on each; the form's buttons are pressed, nothing is posted by hand.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Server } from '../lib/server.mjs';
import { is, test } from '../lib/tap.mjs';

const password = 'Nebelhorn an der Förde 47';
const next = 'Möwen zanken um Brötchen 11';

const words = {
  de: { locale: 'de-DE', help: 'Hilfe', wrong: 'stimmt nicht', events: 'Letzte Anmeldungen' },
  en: { locale: 'en-GB', help: 'Help', wrong: 'was used already', events: 'Recent sign-ins' },
};

export async function signInPages({ context, accessible, shots }) {
  for (const [lang, viewport] of [['de', { width: 1440, height: 1000 }], ['en', { width: 390, height: 844 }]]) {
    const server = await Server.start({});
    try {
      await walk(server, context, accessible, shots, lang, viewport, 'mara');
    } finally {
      await server.stop();
    }
  }
}

async function walk(server, context, accessible, shots, lang, viewport, login) {
  const w = words[lang];
  const c = await context({ viewport, locale: w.locale });
  const page = await c.newPage();
  const go = (path) => page.goto(`${server.url}${path}`);
  const press = (form = 'main form') => page.click(`${form} button[type=submit]`);
  const look = async (name) => {
    await page.screenshot({ path: join(shots, `sign-in-${lang}-${name}.png`), fullPage: true });
    await accessible(page, `${name} (${lang}, ${viewport.width} px)`);
  };
  const title = `browser: sign-in ${lang} ${viewport.width} px:`;
  let secret, codes, used = '';
  const code = () => execFileSync('oathtool', ['--totp', '-b', secret], { encoding: 'utf8' }).trim();
  const fresh = async () => { while (code() === used) await new Promise((r) => setTimeout(r, 500)); used = code(); return used; };
  const enter = async (pw) => {
    await go('/anmelden');
    await page.fill('[name=login]', login);
    await page.fill('[name=password]', pw);
    await press();
  };

  await test(`${title} help stands in the foot and can be read by anybody`, async () => {
    await go(`/anmelden?sprache=${lang}`);
    await look('anmelden');
    await page.click(`footer >> text=${w.help}`);
    await page.waitForURL(/hilfe/);
    await look('hilfe');
  });

  await test(`${title} a link, a password that is refused, one that is taken`, async () => {
    await go(/\/einladung\/[A-Za-z0-9_-]+/.exec(server.initOutput)[0]);
    await page.fill('[name=first_name]', 'Mara');
    await page.fill('[name=last_name]', 'Tannhof');
    await page.fill('[name=login]', login);
    await page.fill('[name=password]', 'passwort2026');
    await press();
    await look('einladung-fehler');
    await page.fill('[name=password]', password);
    await press();
    await page.waitForURL(/zwei-faktor/);
  });

  await test(`${title} a device and ten codes on a page to print`, async () => {
    await look('zwei-faktor');
    await press();
    await page.waitForURL(/zwei-faktor\/\d+/);
    secret = /((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})/.exec(await page.textContent('main'))[1].replace(/ /g, '');
    await look('geraet');
    await page.fill('main [name=code]', '000000');
    await press('main form:has([name=code])');
    await look('geraet-fehler');
    await page.fill('main [name=code]', await fresh());
    await press('main form:has([name=code])');
    await page.waitForURL(/wiederherstellungscodes/);
    await look('codes');
    await press();
    await page.waitForSelector('.codes');
    codes = await page.$$eval('.codes li', (v) => v.map((x) => x.textContent));
    is(codes.length, 10);
    await look('codes-drucken');
  });

  await test(`${title} a wrong code is told, a recovery code opens and is replaced`, async () => {
    await c.clearCookies({ name: '__Host-sid' });
    await enter('falsch');
    await look('anmelden-fehler');
    await enter(password);
    await page.waitForURL(/anmelden\/code/);
    await look('code');
    await page.fill('[name=code]', '000000');
    await press();
    await page.waitForURL(/falsch=1/);
    is((await page.textContent('main')).includes(w.wrong), true, w.wrong);
    await look('code-fehler');
    await page.click('a[href^="/anmelden/wiederherstellung"]');
    await page.waitForURL(/anmelden\/wiederherstellung/);
    await look('wiederherstellung');
    await page.fill('[name=recovery_code]', codes[3]);
    await press();
    await page.waitForSelector('#code');
    await look('wiederherstellung-benutzt');
  });

  await test(`${title} security shows devices and refusals, the password is changed`, async () => {
    await go('/konto/sicherheit');
    is((await page.textContent('main')).includes(w.events), true, w.events);
    await look('sicherheit');
    await go('/konto');
    await look('konto');
    await go('/konto/passwort');
    await page.fill('[name=old_password]', 'falsch');
    await page.fill('[name=password]', next);
    await press();
    await look('passwort-fehler');
    await page.fill('[name=old_password]', password);
    await page.fill('[name=password]', next);
    await press();
    await page.waitForURL(/konto\/sicherheit/);
    await go('/konto/nachweis');
    await look('nachweis');
    await go('/hilfe');
    await look('hilfe-innen');
  });

  await test(`${title} people: invited, changed, locked; groups`, async () => {
    await go('/personen/neu');
    await look('person-neu');
    await page.fill('[name=first_name]', 'Jördis');
    await page.fill('[name=last_name]', `Sandweg ${lang}`);
    await press();
    await page.waitForSelector('#link');
    await look('eingeladen');
    await go('/personen');
    await look('personen');
    await page.click(`text=Jördis Sandweg ${lang}`);
    await look('person');
    await press('form[action$="/sperren"]');
    await page.waitForSelector('form[action$="/entsperren"]');
    await look('person-gesperrt');
    await go('/gruppen');
    await look('gruppen');
  });
  await c.close();
}
