// authenticator.mjs: a security key in software, written from the standard (W3C Web Authentication level 2) and not from
// the server's code. It answers the questions of our pages as a browser would fill them into the page's form.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { Client, unescape } from './client.mjs';

const b64 = (x) => Buffer.from(x).toString('base64url');
const sha256 = (x) => createHash('sha256').update(x).digest();

// The page's question: what passkey.js reads.
export function question(html) {
  const tag = /<div[^>]*\bdata-passkey="[^"]*"[^>]*>/.exec(html)?.[0];
  if (!tag) return null;
  const at = (n) => unescape(new RegExp(`data-${n}="([^"]*)"`).exec(tag)?.[1] ?? '');
  return { kind: at('passkey'), challenge: at('challenge'), host: at('host'), ids: at('ids').split(' ').filter(Boolean), handle: at('handle'), verify: at('verify') };
}

export class Authenticator {
  // opts: alg 'ES256' | 'EdDSA'; verifies: it asks for a PIN; counts: it has a counter
  constructor({ alg = 'ES256', verifies = true, counts = true } = {}) {
    Object.assign(this, { alg, verifies, counts, counter: 0, id: randomBytes(16) });
    this.key = alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
  }

  cose() {
    const jwk = this.key.publicKey.export({ format: 'jwk' });
    const x = Buffer.from(jwk.x, 'base64url');
    return this.alg === 'ES256'
      ? Buffer.concat([Buffer.from('a5010203262001215820', 'hex'), x, Buffer.from('225820', 'hex'), Buffer.from(jwk.y, 'base64url')])
      : Buffer.concat([Buffer.from('a4010103272006215820', 'hex'), x]);
  }

  head(host, flags) {
    const head = Buffer.alloc(37);
    sha256(host).copy(head);
    head[32] = flags | 1 | (this.verifies ? 4 : 0);
    head.writeUInt32BE(this.counts ? this.counter : 0, 33);
    return head;
  }

  // bent: {origin, host, challenge, type} in place of what the page asks.
  create(q, origin, bent = {}) {
    const client = JSON.stringify({ type: bent.type ?? 'webauthn.create', challenge: bent.challenge ?? q.challenge, origin: bent.origin ?? origin, crossOrigin: false });
    const id = Buffer.alloc(2);
    id.writeUInt16BE(this.id.length);
    this.handle = q.handle;
    const auth = Buffer.concat([this.head(bent.host ?? q.host, 0x40), Buffer.alloc(16), id, this.id, this.cose()]);
    return { client: b64(client), auth: b64(auth) };
  }

  get(q, origin, bent = {}) {
    this.counter++;
    const client = JSON.stringify({ type: bent.type ?? 'webauthn.get', challenge: bent.challenge ?? q.challenge, origin: bent.origin ?? origin, crossOrigin: false });
    const auth = this.head(bent.host ?? q.host, 0);
    const signature = sign(this.alg === 'ES256' ? 'sha256' : null, Buffer.concat([auth, sha256(client)]), this.key.privateKey);
    return { credential: b64(this.id), client: b64(client), auth: b64(auth), signature: b64(signature), handle: this.handle };
  }
}

// Fetches a page, answers its question, gives form and values without sending them.
export async function answered(c, path, key, bent) {
  const page = await c.get(path);
  const q = question(page.text);
  if (!q) throw new Error(`${path} (${page.status}, ${page.headers.location}) asks for no passkey`);
  const form = Client.forms(page.text).find((f) => f.fields.some(([n]) => n === 'asked'));
  const origin = `https://${c.host}:${c.server.port}`;
  return { form, q, values: q.kind === 'create' ? key.create(q, origin, bent) : key.get(q, origin, bent) };
}

export async function answer(c, path, key, bent) {
  const { form, values } = await answered(c, path, key, bent);
  return c.send(form, form.action, values);
}
