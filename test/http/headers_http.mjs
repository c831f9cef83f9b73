// headers_http.mjs: what every answer carries (WEB-02, WEB-03), pages, errors, files and redirects alike.
import { Client } from '../lib/client.mjs';
import { is, has, test } from '../lib/tap.mjs';

const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
  "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types kontor";

export async function chapter(world) {
  const c = new Client(world.server);
  const page = await c.get('/anmelden');
  const css = /href="(\/a\/kontor-[^"]+\.css)"/.exec(page.text)?.[1];
  const answers = [['page', page], ['redirect', await c.get('/')], ['missing', await c.get('/gibtesnicht')],
    ['method', await c.raw('POST', '/projekte/neu', { headers: { 'content-length': 0 } })], ['style', await c.get(css)],
    ['missing asset', await c.get('/a/nichts.css')], ['authority', await c.get('/ca.pem')], ['health', await c.get('/healthz')],
    ['malformed', await c.get('/%00')], ['too large', await c.raw('POST', '/anmelden', { headers: { 'content-length': 9000000, expect: '100-continue' } })],
    ['unknown host', await new Client(world.server, 'niemand.localhost').get('/')],
    ['operator', await new Client({ port: world.server.operatorPort, ca: world.server.ca }).get('/anmelden')]];
  await test('headers: the answers are what they should be', () => {
    is(answers.map(([, a]) => a.status).join(' '), '200 303 404 405 200 404 200 200 400 413 404 200');
  });
  for (const [name, a] of answers) {
    await test(`headers: ${name}`, () => {
      is(a.headers['content-security-policy'], csp);
      is(a.headers['x-content-type-options'], 'nosniff');
      is(a.headers['referrer-policy'], 'same-origin');
      is(a.headers['cross-origin-opener-policy'], 'same-origin');
      is(a.headers['cross-origin-resource-policy'], 'same-origin');
      is(a.headers['cross-origin-embedder-policy'], 'require-corp');
      is(a.headers['x-robots-tag'], 'noindex');
      has(a.headers['permissions-policy'], 'camera=()');
      is(a.headers['x-frame-options'], 'DENY');
      has(a.headers['strict-transport-security'] || '', 'max-age=63072000');
      is(a.headers.server, undefined, 'server header');
    });
  }
  await test('headers: a wrong method is told the right ones of that very path', async () => {
    const allow = async (method, path) => { const r = await c.raw(method, path, { headers: { 'content-length': 0 } }); is(r.status, 405, path); return r.headers.allow; };
    is(await allow('DELETE', '/anmelden'), 'GET, HEAD, POST');
    is(await allow('POST', '/projekte/neu'), 'GET, HEAD');
    is(await allow('GET', '/abmelden'), 'POST');
    is(await allow('OPTIONS', '/'), 'GET, HEAD');
    is(await allow('POST', '/a/kontor.css'), 'GET, HEAD');
  });
  await test('well known: whom to tell of a fault (RFC 9116), for two months at least and a year at most', async () => {
    const r = await c.get('/.well-known/security.txt');
    is(r.status, 200);
    is(r.headers['content-type'], 'text/plain; charset=utf-8');
    has(r.text, 'Contact: mailto:sicherheit@agentur.example\n');
    is(new RegExp(`^Canonical: https://(agentur\\.)?localhost:${world.server.port}/\\.well-known/security\\.txt$`, 'm').test(r.text), true, r.text);
    const days = (Date.parse(/^Expires: (\S+)$/m.exec(r.text)[1]) - Date.now()) / 86400000;
    is(days > 60 && days <= 366, true, `${days} days; a release renews them (well_known_web.c)`);
    is((await c.get('/.well-known/change-password')).headers.location, '/konto/passwort');
  });
  await test('headers: pages are not stored, files are for ever', async () => {
    is(page.headers['cache-control'], 'no-store');
    has((await c.get(css)).headers['cache-control'], 'immutable');
  });
  await test('headers: cookies are host-only, secure, not for scripts', () => {
    const cookies = page.headers['set-cookie'] || [];
    is(cookies.length > 0, true, 'a cookie');
    for (const k of cookies) {
      is(/^__Host-/.test(k) && /; Secure/.test(k) && /; HttpOnly/.test(k) && /; SameSite=Lax/.test(k) && /; Path=\//.test(k), true, k);
    }
  });
  await test('headers: no page has inline code or a foreign address', async () => {
    for (const path of ['/', '/projekte', '/kontakte', '/zeiten/2026-11-24', '/konto/sicherheit', '/einstellungen', '/personen', '/gruppen', '/kontakte/import']) {
      const { text, status } = await world.people.administrator.get(path);
      is(status, 200, path);
      is(/<script(?![^>]*\ssrc=")/.test(text) || /\sstyle="/.test(text) || /\son\w+="/.test(text) || /(src|href|action)="https?:/.test(text), false, path);
    }
  });
}
