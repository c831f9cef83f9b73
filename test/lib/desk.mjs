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

  // Signs in through password and, when there is one, the device.
  async enter(login, { password = good, secret, c = this.browser() } = {}) {
    const r = await c.submit('/anmelden', '/anmelden', { login, password });
    is(r.status, 303, plain(r.text).slice(0, 300));
    if (secret) {
      is(r.headers.location.split('?')[0], '/anmelden/code');
      this.wait(31);
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
