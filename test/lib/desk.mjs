// desk.mjs: a server whose clock the tests move, and people who come and go on it.
import { Client, totp } from './client.mjs';
import { is } from './tap.mjs';

export const good = 'Nebelhorn Förde vier Krabben';
export const other = 'Möwen zanken um Brötchenreste';
export const plain = (html) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

export class Desk {
  constructor(server, workspace = 'agentur', host = 'localhost') {
    Object.assign(this, { server, workspace, host });
    this.set('2026-11-24T08:02:00Z');
  }

  set(iso) {
    this.server.cli(['clock', 'set', iso, '--json'], { raw: true });
    this.base = Date.parse(iso);
    this.at = Date.now();
  }

  now() { return this.base + Date.now() - this.at; }
  wait(seconds) { this.set(new Date(Math.ceil(this.now() / 1000) * 1000 + seconds * 1000).toISOString()); }
  browser(host = this.host) { return new Client(this.server, host); }
  add(login, group = 'time_recorder_2', password = good) { return this.server.addUser(login, group, password, this.workspace); }

  // The next step of codes begins: the one of now was not used, and is not over before it is sent.
  step() { this.set(new Date((Math.floor(this.now() / 30000) + 1) * 30000 + 1000).toISOString()); }

  // Signs in through password and, when there is one, the device, on the forms that the page has.
  async enter(login, { password = good, secret, c = this.browser() } = {}) {
    if (secret) this.step();
    const together = Client.forms((await c.get('/anmelden')).text).find((f) => f.action === '/anmelden/zusammen');
    const r = together
      ? await c.send(together, together.action, { login, password, code: secret ? totp(secret, this.now()) : '' })
      : await c.submit('/anmelden', '/anmelden', { login, password });
    is(r.status, 303, plain(r.text).slice(0, 300));
    if (secret && !together) {
      is(r.headers.location.split('?')[0], '/anmelden/code');
      const s = await c.submit('/anmelden/code', '/anmelden/code', { code: totp(secret, this.now()) });
      is(s.status, 303);
      is(/^\/anmelden/.test(s.headers.location), false, `code: ${s.headers.location}`);
    }
    return c;
  }

  async enrol(c, name) {
    const r = await c.submit('/konto/zwei-faktor', '/konto/zwei-faktor', name ? { name } : {});
    is(r.status, 303, plain(r.text).slice(0, 300));
    const at = r.headers.location.split('?')[0];
    const secret = /((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})/.exec((await c.get(at)).text)[1];
    const s = await c.submit(at, at, { code: totp(secret, this.now()) });
    is(s.status, 303, plain(s.text).slice(0, 300));
    return secret;
  }
}
