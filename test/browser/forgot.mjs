// forgot.mjs: from "Passwort vergessen?" by a real mail to a new password and a sign-in with the second factor, wide in German
// and on a phone's width in English; the link for a new browser; the second address; with axe on each page.
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { MailOffice } from '../lib/mail_office.mjs';
import { is, skip, test } from '../lib/tap.mjs';

const password = 'Nebelhorn Förde vier Krabben';
const next = 'Möwen zanken um Brötchenreste';

export async function forgotPages({ context, accessible, shots }) {
  if (spawnSync('/usr/bin/python3', ['-c', 'import aiosmtpd']).status !== 0) {
    skip('browser: a forgotten password', 'python3-aiosmtpd is not installed');
    return;
  }
  for (const [lang, viewport] of [['de', { width: 1440, height: 1000 }], ['en', { width: 390, height: 844 }]]) {
    const office = await MailOffice.start();
    try {
      await walk(office, context, accessible, shots, lang, viewport);
    } finally {
      await office.stop();
    }
  }
}

async function walk(o, context, accessible, shots, lang, viewport) {
  const { id } = o.server.addUser('anna', 'team_leader', password, 'agentur');
  o.server.addUser('mara', 'administrator', password, 'agentur');
  const admin = o.browser();
  await o.signIn('mara', password, admin);
  await o.enrol(admin);
  is((await admin.submit(`/personen/${id}`, `/personen/${id}`, { email: 'anna@linden.example', first_name: 'Anna', last_name: 'Harms' })).status, 303);
  const first = o.browser();
  await o.signIn('anna', password, first);
  const secret = (await o.enrol(first)).replace(/ /g, '');
  o.wait(3600);
  const c = await context({ viewport, locale: lang === 'en' ? 'en-GB' : 'de-DE' });
  const page = await c.newPage();
  const go = (path) => page.goto(`${o.host}${path}`);
  const press = (form = 'main form') => page.click(`${form} button[type=submit]`);
  const look = async (name) => {
    await page.screenshot({ path: join(shots, `forgot-${lang}-${name}.png`), fullPage: true });
    await accessible(page, `${name} (${lang}, ${viewport.width} px)`);
  };
  const title = `browser: forgot ${lang} ${viewport.width} px:`;
  const code = () => execFileSync('oathtool', ['--totp', '-b', '-N', new Date(o.now()).toISOString().replace('T', ' ').slice(0, 19) + ' UTC', secret], { encoding: 'utf8' }).trim();

  await test(`${title} the link is asked for by name`, async () => {
    await go(`/anmelden?sprache=${lang}`);
    await page.click('a[href="/anmelden/passwort"]');
    await look('ask');
    await page.fill('[name=login]', 'anna');
    await press();
    await page.waitForURL(/gesendet=1/);
    await look('sent');
  });

  await test(`${title} the mail's link leads to a new password and no further`, async () => {
    const [m] = await o.mails('anna@linden.example', 'Neues Passwort', 1);
    await go(o.linkOf(m));
    await page.fill('[name=password]', 'kurz');
    await press();
    await look('password-fault');
    await page.fill('[name=password]', next);
    await press();
    await page.waitForURL((u) => u.pathname === '/anmelden');
    await look('done');
  });

  await test(`${title} signed in with the new password and the second factor`, async () => {
    await page.fill('[name=login]', 'anna');
    await page.fill('[name=password]', next);
    await press();
    await page.waitForURL(/anmelden\/code/);
    o.wait(31);
    await page.fill('[name=code]', code());
    await press();
    await page.waitForURL((u) => !/anmelden/.test(u.pathname));
    await go('/konto/adresse');
    await look('address');
    await go('/konto/hinweise');
    await look('notices');
  });

  await test(`${title} behind strangers a link for a new browser is offered and works`, async () => {
    o.wait(60);
    for (let i = 0; i < 6; i++) await o.from(`10.9.${i}.1`).submit('/anmelden', '/anmelden', { login: 'anna', password: 'falsch' });
    const d = await context({ viewport, locale: lang === 'en' ? 'en-GB' : 'de-DE' });
    const p = await d.newPage();
    await p.goto(`${o.host}/anmelden?sprache=${lang}`);
    for (let i = 0; i < 2 && !await p.$('a[href="/anmelden/browser"]'); i++) {
      await p.fill('[name=login]', 'anna');
      await p.fill('[name=password]', 'falsch');
      await p.click('main form button[type=submit]');
      await p.waitForSelector('.error-summary');
    }
    await p.screenshot({ path: join(shots, `forgot-${lang}-closed.png`), fullPage: true });
    await accessible(p, 'closed');
    await p.click('a[href="/anmelden/browser"]');
    await p.fill('[name=login]', 'anna');
    await p.click('main form button[type=submit]');
    const [m] = await o.mails('anna@linden.example', 'Browser freischalten', 1);
    await p.goto(`${o.host}${o.linkOf(m)}`);
    await p.screenshot({ path: join(shots, `forgot-${lang}-browser.png`), fullPage: true });
    await accessible(p, 'admit a browser');
    await p.click('main form button[type=submit]');
    await p.waitForURL((u) => u.pathname === '/anmelden');
    is((await d.cookies()).some((k) => k.name === '__Host-dev'), true);
    is((await d.cookies()).some((k) => k.name === '__Host-sid'), false);
    await d.close();
  });
  await c.close();
}
