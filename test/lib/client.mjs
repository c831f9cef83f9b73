// client.mjs: a browser without a screen: cookies, forms, redirects by hand, over real TLS.
import { request } from 'node:https';
import { createHmac } from 'node:crypto';

const entities = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
export const unescape = (s) => s.replace(/&(amp|lt|gt|quot|#39);/g, (_, e) => entities[e]);

// RFC 6238, written here anew so that the server's own code is not asked about itself.
export function totp(secret, ms) {
  let bits = '';
  for (const c of secret.replace(/[\s=]/g, '')) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0');
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(ms / 30000)));
  const h = createHmac('sha1', key).update(step).digest();
  const at = h[19] & 15;
  return String((h.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, '0');
}

export class Client {
  constructor(server, host = 'localhost') {
    this.server = server;
    this.host = host;
    this.jar = new Map();
  }

  // A connection that rested may be closed by the server at the moment it is used again: as a browser does, ask
  // once more on a new one.
  raw(method, path, opts = {}) {
    return this.once(method, path, opts).catch((e) => {
      if (!e.onRested) throw e;
      return this.once(method, path, { ...opts, agent: false });
    });
  }

  once(method, path, { body, headers = {}, agent = this.agent }) {
    const cookie = [...this.jar].map(([k, v]) => `${k}=${v}`).join('; ');
    return new Promise((done, fail) => {
      const rq = request({ ...(agent !== undefined ? { agent } : {}),
        host: '127.0.0.1', port: this.server.port, servername: this.host, ca: this.server.ca, method, path,
        headers: { host: `${this.host}:${this.server.port}`, ...(cookie ? { cookie } : {}), ...headers },
      }, (rs) => {
        const parts = [];
        rs.on('data', (d) => parts.push(d));
        rs.on('end', () => {
          this.keep(rs);
          const bytes = Buffer.concat(parts);
          done({ status: rs.statusCode, headers: rs.headers, bytes, text: bytes.toString('utf8') });
        });
        rs.on('error', fail);
      });
      rq.setTimeout(60000, () => rq.destroy(new Error(`${method} ${path}: no answer`)));
      rq.on('error', (e) => { e.onRested = rq.reusedSocket && e.code === 'ECONNRESET'; fail(e); });
      if (body !== undefined) rq.write(body);
      rq.end();
    });
  }

  // The cookies of an answer.
  keep(rs) {
    for (const c of rs.headers['set-cookie'] || []) {
      const [pair, ...rest] = c.split(';');
      const [name, ...value] = pair.split('=');
      if (rest.some((r) => /^\s*max-age=0$/i.test(r))) this.jar.delete(name);
      else this.jar.set(name, value.join('='));
    }
  }

  get(path, headers) { return this.raw('GET', path, { headers }); }

  // All forms of a page: {action, fields: [[name, value]…]} as a browser would send them untouched.
  static forms(html) {
    return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, attrs, inner]) => {
      const action = unescape(/action="([^"]*)"/.exec(attrs)?.[1] || '');
      const fields = [];
      for (const [, a] of inner.matchAll(/<input\b([^>]*)>/g)) {
        const at = (n) => { const m = new RegExp(`\\b${n}="([^"]*)"`).exec(a); return m ? unescape(m[1]) : undefined; };
        const type = at('type') || 'text';
        if (!at('name') || type === 'file' || type === 'submit') continue;
        if ((type === 'checkbox' || type === 'radio') && !/\schecked\b/.test(a)) continue;
        fields.push([at('name'), at('value') ?? '']);
      }
      for (const [, a, t] of inner.matchAll(/<textarea\b([^>]*)>\n?([\s\S]*?)<\/textarea>/g)) {
        fields.push([/name="([^"]*)"/.exec(a)[1], unescape(t)]);
      }
      for (const [, a, opts] of inner.matchAll(/<select\b([^>]*)>([\s\S]*?)<\/select>/g)) {
        const all = [...opts.matchAll(/<option\b([^>]*)>/g)].map((m) => m[1]);
        const chosen = all.find((o) => /\sselected\b/.test(o)) ?? all[0] ?? '';
        fields.push([/name="([^"]*)"/.exec(a)[1], unescape(/value="([^"]*)"/.exec(chosen)?.[1] ?? '')]);
      }
      return { action, fields, multipart: /multipart/.test(attrs) };
    });
  }

  // Fetches `from`, fills its form that goes to `action`, sends it. Values of null leave the field out.
  async submit(from, action, values = {}, opts = {}) {
    const page = await this.get(from);
    const form = Client.forms(page.text).find((f) => f.action.split('?')[0] === action);
    if (!form) throw new Error(`${from} (${page.status}) has no form to ${action}`);
    return this.send(form, action, values, opts);
  }

  send(form, action, values = {}, opts = {}) {
    const fields = form.fields.filter(([n]) => !(n in values));
    for (const [n, v] of Object.entries(values)) {
      if (v !== null) for (const one of Array.isArray(v) ? v : [v]) fields.push([n, String(one)]);
    }
    const body = new URLSearchParams(fields).toString();
    return this.raw('POST', action, {
      body,
      headers: {
        'content-type': 'application/x-www-form-urlencoded', origin: `https://${this.host}:${this.server.port}`,
        'sec-fetch-site': 'same-origin', 'content-length': Buffer.byteLength(body), ...opts.headers,
      },
    });
  }

  async upload(from, action, field, name, bytes, type = 'text/csv') {
    const page = await this.get(from);
    const form = Client.forms(page.text).find((f) => f.action.split('?')[0] === action);
    if (!form) throw new Error(`${from} (${page.status}) has no form to ${action}`);
    const mark = 'kontor-test-boundary';
    const parts = form.fields.map(([n, v]) => Buffer.from(`--${mark}\r\nContent-Disposition: form-data; name="${n}"\r\n\r\n${v}\r\n`));
    parts.push(Buffer.from(`--${mark}\r\nContent-Disposition: form-data; name="${field}"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n`),
      Buffer.from(bytes), Buffer.from(`\r\n--${mark}--\r\n`));
    const body = Buffer.concat(parts);
    return this.raw('POST', action, {
      body,
      headers: {
        'content-type': `multipart/form-data; boundary=${mark}`, origin: `https://${this.host}:${this.server.port}`,
        'sec-fetch-site': 'same-origin', 'content-length': body.length,
      },
    });
  }

  async signIn(login, password) {
    const r = await this.submit('/anmelden', '/anmelden', { login, password });
    if (r.status !== 303) throw new Error(`sign-in of ${login}: ${r.status}\n${r.text.replace(/<[^>]*>/g, ' ').slice(0, 600)}`);
    return r.headers.location;
  }
}
