// screenshot.mjs: makes doc/screenshot.png anew from the demo, on a fixed day. ./dev screenshot
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Server, root } from '../lib/server.mjs';

const { chromium } = createRequire(join(root, 'package.json'))('playwright-core');
const server = await Server.start({ demo: 'S', now: '2026-11-24T14:20:00Z' });
const [, login, password] = /Benutzername (\S+) · Passwort (\S+)/.exec(server.initOutput);
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const page = await (await browser.newContext({ ignoreHTTPSErrors: true, locale: 'de-DE', viewport: { width: 1440, height: 900 } })).newPage();
const slug = server.cli(['workspace', 'list', '--json'])[0].slug;
const url = `https://${slug}.localhost:${server.port}`;
await page.goto(`${url}/anmelden`);
await page.fill('[name=login]', login);
await page.fill('[name=password]', password);
await page.click('main button[type=submit]');
await page.waitForURL(`${url}/`);
await page.screenshot({ path: process.argv[2] || join(root, 'doc', 'screenshot.png') });
for (const p of ['/projekte', '/kontakte', '/zeiten/woche/2026-11-24', '/projekte/1']) {
  if (!process.argv[3]) break;
  await page.goto(url + p);
  await page.screenshot({ path: join(process.argv[3], `demo${p.replace(/\W+/g, '-')}.png`) });
}
await browser.close();
await server.stop();
