// passkey.mjs: passkeys in a real browser with its own virtual authenticator (CDP WebAuthn), which knows nothing of our code:
// added, signed in with, proven with, alone in place of the password; wide in German, on a phone's width in English; without
// JavaScript and in a browser that knows no passkeys; axe on each page, light and dark.
import { join } from 'node:path';
import { Server } from '../lib/server.mjs';
import { has, is, test } from '../lib/tap.mjs';
import { complaints } from './browser.mjs';

const password = 'Nebelhorn an der Förde 47';
const words = {
  de: { locale: 'de-DE', none: 'kann hier keine Passkeys verwenden', stopped: 'abgebrochen', wrong: 'nicht angenommen', together: 'Benutzername, Passwort oder Code stimmt nicht' },
  en: { locale: 'en-GB', none: 'cannot use passkeys here', stopped: 'broken off', wrong: 'not accepted', together: 'User name, password or code is not right' },
};
const platform = {
  protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true,
};

export async function passkeyPages({ context, accessible, shots }) {
  for (const [lang, viewport] of [['de', { width: 1440, height: 1000 }], ['en', { width: 390, height: 844 }]]) {
    const server = await Server.start({});
    try {
      await walk(server, context, accessible, shots, lang, viewport);
    } finally {
      await server.stop();
    }
  }
}

async function walk(server, context, accessible, shots, lang, viewport) {
  const w = words[lang];
  const c = await context({ viewport, locale: w.locale });
  const page = await c.newPage();
  const problems = complaints(page);
  const cdp = await c.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const plug = async (options) => (await cdp.send('WebAuthn.addVirtualAuthenticator', { options })).authenticatorId;
  const unplug = (authenticatorId) => cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
  const go = (path) => page.goto(`${server.url}${path}`);
  const form = (action) => `main form[action="${action}"] button[type=submit]`;
  const look = async (name) => {
    for (const colorScheme of ['dark', 'light']) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.screenshot({ path: join(shots, `passkey-${lang}-${name}-${colorScheme}.png`), fullPage: true });
      await accessible(page, `${name} (${lang}, ${viewport.width} px, ${colorScheme})`);
    }
  };
  const title = `browser: passkey ${lang} ${viewport.width} px:`;
  const enter = async () => {
    await c.clearCookies();
    await go(`/anmelden?sprache=${lang}`);
    await page.fill('[name=login]', 'jette');
    await page.fill('[name=password]', password);
    await page.click(form('/anmelden'));
  };
  server.addUser('jette', 'administrator', password, 'agentur');
  let key = await plug(platform);

  await test(`${title} added, and on to the recovery codes`, async () => {
    await enter();
    await page.waitForURL(/zwei-faktor/);
    await page.click('main a[href="/konto/passkeys/neu"]');
    await page.waitForURL(/passkeys\/neu/);
    is(await page.isVisible(`text=${w.none}`), false, 'no excuse where it works');
    await look('neu');
    await page.fill('[name=name]', lang === 'de' ? 'Arbeitsrechner' : 'Work computer');
    await page.click(form('/konto/passkeys'));
    await page.waitForURL(/wiederherstellungscodes/);
    is((await cdp.send('WebAuthn.getCredentials', { authenticatorId: key })).credentials[0].rpId, 'localhost');
    if (lang === 'en') { // the office speaks its people's language, not the browser's
      await go('/konto');
      await page.fill('[name=first_name]', 'Jette');
      await page.fill('[name=last_name]', 'Harms');
      await page.selectOption('[name=lang]', '1');
      await page.click(form('/konto'));
      await page.waitForURL(/meldung=/);
    }
    await go('/konto/zwei-faktor');
    await look('zwei-faktor');
    await go('/konto/sicherheit');
    await look('sicherheit');
  });

  await test(`${title} the same authenticator is not asked twice`, async () => {
    await go('/konto/passkeys/neu');
    await page.click(form('/konto/passkeys'));
    await page.waitForSelector(`text=${w.stopped}`);
    await look('neu-nicht');
    is((await cdp.send('WebAuthn.getCredentials', { authenticatorId: key })).credentials.length, 1);
  });

  await test(`${title} signs in behind the password`, async () => {
    await enter();
    await page.waitForURL(/anmelden\/code/);
    await look('code');
    await page.click(form('/anmelden/code/passkey'));
    await page.waitForURL((u) => u.pathname === '/');
  });

  await test(`${title} a device without this passkey says so, and nothing was counted`, async () => {
    const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId: key });
    await unplug(key);
    const other = await plug(platform);
    await enter();
    await page.waitForURL(/anmelden\/code/);
    await page.click(form('/anmelden/code/passkey'));
    await page.waitForSelector(`text=${w.stopped}`);
    await look('code-nicht');
    await unplug(other);
    key = await plug(platform);
    await cdp.send('WebAuthn.addCredential', { authenticatorId: key, credential: { ...credentials[0], signCount: 1 } });
    await page.click(form('/anmelden/code/passkey')); // the copy's counter stands behind
    await page.waitForURL(/passkey=1/);
    has(await page.textContent('main'), w.wrong);
    await look('code-falsch');
    await cdp.send('WebAuthn.removeCredential', { authenticatorId: key, credentialId: credentials[0].credentialId });
    await cdp.send('WebAuthn.addCredential', { authenticatorId: key, credential: { ...credentials[0], signCount: 1000 } });
    await page.click(form('/anmelden/code/passkey'));
    await page.waitForURL((u) => u.pathname === '/');
    await go('/konto/hinweise');
    await look('hinweise');
  });

  await test(`${title} proves again who sits there`, async () => {
    await go('/konto/nachweis?weiter=%2Fkonto');
    await look('nachweis');
    await page.click(form('/konto/nachweis/passkey'));
    await page.waitForURL((u) => u.pathname === '/konto');
  });

  await test(`${title} a page that stood for six minutes asks anew by itself`, async () => {
    await go('/konto/nachweis?weiter=%2Fkonto');
    const before = await page.inputValue('main [name=asked]');
    await page.evaluate(() => { const real = performance.now.bind(performance); performance.now = () => real() + 360000; });
    const [sent] = await Promise.all([
      page.waitForRequest((r) => r.url().endsWith('/konto/nachweis/passkey')),
      page.click(form('/konto/nachweis/passkey')),
    ]);
    is(new URLSearchParams(sent.postData()).get('asked') === before, false, 'another question');
    await page.waitForURL((u) => u.pathname === '/konto');
  });

  await test(`${title} alone, when the workspace says so`, async () => {
    await go('/einstellungen/anmeldung');
    await page.check('[name=passkey_alone]');
    await look('einstellungen');
    await page.click(form('/einstellungen/anmeldung'));
    await page.waitForURL(/meldung=/);
    await c.clearCookies();
    await go(`/anmelden?sprache=${lang}`);
    await look('anmelden');
    await page.click(form('/anmelden/passkey'));
    await page.waitForURL((u) => u.pathname === '/');
    await c.clearCookies();
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId: key, isUserVerified: false });
    await go(`/anmelden?sprache=${lang}`);
    await page.click(form('/anmelden/passkey'));
    await page.waitForSelector(`text=${w.stopped}`);
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId: key, isUserVerified: true });
  });

  await test(`${title} with name and password on one form, in the mode of home banking`, async () => {
    const at = '/einstellungen/anmeldung/homebanking';
    const fill = async (pw, code = '') => {
      await page.fill('[name=login]', 'jette');
      await page.fill('[name=password]', pw);
      await page.fill('[name=code]', code);
    };
    const beside = `${form('/anmelden/zusammen')}[data-with]`;
    await page.click(form('/anmelden/passkey'));
    await page.waitForURL((u) => u.pathname === '/');
    await go('/einstellungen/anmeldung');
    await page.click(form(`${at}/ein`));
    await page.waitForURL(/meldung=/);
    await c.clearCookies();
    await go(`/anmelden?sprache=${lang}`);
    await look('zusammen');
    await fill(password, '000000');
    await page.keyboard.press('Enter'); // the first button's: no authenticator is asked
    await page.waitForSelector('.error-summary');
    has(await page.textContent('.error-summary'), w.together);
    await look('zusammen-fehler');
    await fill('falsch');
    await page.click(beside);
    await page.waitForSelector('.error-summary');
    has(await page.textContent('.error-summary'), w.together);
    await fill(password);
    await page.click(beside);
    await page.waitForURL((u) => u.pathname === '/');
    await go('/einstellungen/anmeldung');
    await look('homebanking');
    await page.click(form(`${at}/aus`));
    await page.waitForURL(/meldung=/);
    await c.clearCookies();
    await go(`/anmelden?sprache=${lang}`);
  });

  await test(`${title} removed, and the console stayed quiet`, async () => {
    await page.click(form('/anmelden/passkey'));
    await page.waitForURL((u) => u.pathname === '/');
    await go('/konto/zwei-faktor');
    is(await page.$('form[action$="/entfernen"]'), null, 'the last one of an administrator stays');
    is(problems.join('\n'), '');
  });

  for (const [name, opts, block] of [['without JavaScript', { javaScriptEnabled: false }], ['in a browser that knows no passkeys', {}, true]]) {
    await test(`${title} ${name} the page says so and the other ways stay open`, async () => {
      const t = await context({ viewport, locale: w.locale, ...opts });
      if (block) await t.addInitScript(() => { delete window.AuthenticatorAttestationResponse; });
      const p = await t.newPage();
      await p.goto(`${server.url}/anmelden?sprache=${lang}`);
      is(await p.isVisible(`text=${w.none}`), true, 'sign-in');
      is(await p.isVisible(form('/anmelden/passkey')), false, 'no button that does nothing');
      await p.fill('[name=login]', 'jette');
      await p.fill('[name=password]', password);
      await p.click(form('/anmelden'));
      await p.waitForURL(/anmelden\/code/);
      is(await p.isVisible(`text=${w.none}`), true, 'second factor');
      await p.screenshot({ path: join(shots, `passkey-${lang}-${block ? 'alt' : 'ohne-js'}.png`), fullPage: true });
      await p.click('a[href^="/anmelden/wiederherstellung"]');
      await p.waitForSelector('[name=recovery_code]');
      await t.close();
    });
  }
  await c.close();
}
