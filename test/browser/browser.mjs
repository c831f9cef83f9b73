// browser.mjs: what the browser chapters share: Chromium, its contexts, people who are signed in without
// clicking, and what is asked of every page.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from '../lib/server.mjs';
import { is } from '../lib/tap.mjs';

const require = createRequire(join(root, 'package.json'));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const desk = { viewport: { width: 1440, height: 1000 } };
export const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

export const launch = () => chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});

// client: a Client of lib/client.mjs that is signed in; its cookies become the context's.
export async function context(browser, opts = {}, client = undefined) {
  const c = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'de-DE', timezoneId: 'Europe/Berlin', ...opts });
  c.setDefaultTimeout(10000);
  if (client) {
    await c.addCookies([...client.jar].map(([name, value]) => ({
      name, value, domain: client.host, path: '/', secure: true, httpOnly: true, sameSite: 'Lax',
    })));
  }
  return c;
}

// Collects what a page complains about: its console's errors, thrown errors, refusals of its policy.
export function complaints(page) {
  const list = [];
  page.on('console', (m) => {
    if (m.type() === 'error' && !/status of 4\d\d/.test(m.text())) list.push(`${page.url()}: ${m.text()}`);
  });
  page.on('pageerror', (e) => list.push(`${page.url()}: ${e}`));
  return list;
}

// axe in the page without loosening its CSP: evaluated by the debugger, not as a script element.
export async function violations(page, rules = undefined) {
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(axe);
  const r = await page.evaluate((only) => window.axe.run(document, {
    resultTypes: ['violations'], ...(only ? { runOnly: { type: 'rule', values: only } } : {}),
  }), rules);
  return r.violations.map((v) => `${v.id} (${v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join(', ')})`);
}

export const tooWide = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

export async function accessible(page, name) {
  is((await violations(page)).join('; '), '', `axe on ${name}`);
  const wide = await tooWide(page);
  is(wide <= 0, true, `${name} is ${wide} px too wide`);
}
