// secret_http.mjs: what is typed in stands nowhere afterwards (AUD-06). A mark of its own goes into every field of every form that
// the pages offer, as it is and among right values; then no log and no file has one, and none that was a secret is in the
// memory of a process. The forms come from the pages, the list of those that must have been met from the route table.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { Client, totp, unescape } from '../lib/client.mjs';
import { found, memory, processes } from '../lib/memory.mjs';
import { Server } from '../lib/server.mjs';
import { escrowLine, found as foundRecords, lookedInto } from '../lib/states.mjs';
import { World, password } from '../lib/world.mjs';
import { has, is, skip, test } from '../lib/tap.mjs';

const pagesMax = 300;
const typed = []; // {mark, field, secret}
const mark = (field, secret) => {
  const n = typed.length;
  typed.push({ mark: `Zettelmerk${(7919 * (n + 13)).toString(36).padStart(5, 'q')}x${n}y`, field, secret });
  return typed[n].mark;
};
const marks = (secretOnly) => typed.filter((t) => t.secret || !secretOnly).map((t) => t.mark);

// The fields of a form that a person fills: {name, kind, secret}.
function fields(inner) {
  const out = [];
  for (const [, tag, a] of inner.matchAll(/<(input|textarea|select)\b([^>]*)>/g)) {
    const at = (n) => { const m = new RegExp(`(?:^|\\s)${n}="([^"]*)"`).exec(a); return m ? unescape(m[1]) : ''; };
    const type = tag === 'input' ? at('type') || 'text' : tag;
    if (!at('name') || ['hidden', 'submit', 'file'].includes(type)) continue;
    const secret = type === 'password' || /one-time-code|password/.test(at('autocomplete'));
    const free = ['text', 'textarea', 'password', 'search'].includes(type) && !at('inputmode') && !at('pattern');
    out.push({ name: at('name'), free, secret });
  }
  return out;
}

// Both what a browser would send (Client.forms) and what a person may type into.
const formsOf = (html) => [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([whole, attrs, inner]) => ({
  ...Client.forms(whole)[0], isPost: /method="post"/i.test(attrs), typed: fields(inner),
}));
const target = (form) => form.action.split('?')[0];

// Forms of buttons and choices, which only some states of a page have: nothing to type.
const buttons = [
  '/adresse/{token}',
  '/anmelden/browser/{token}',
  '/anmelden/code/passkey', // what a passkey sends is typed by nobody and is good once
  '/anmelden/passkey',
  '/einstellungen/postausgang/test',
  '/einstellungen/postausgang/{mail}/erneut',
  '/einstellungen/verbindungen/mailserver/ausschalten',
  '/gesamtexport/{export_file}/entfernen',
  '/kontakte/personen/{person}/zusammenfuehren',
  '/kontakte/{company}/zusammenfuehren',
  '/konto/adresse/entfernen',
  '/konto/nachweis/passkey',
  '/konto/passkeys/{passkey}/entfernen',
  '/konto/sitzungen/beenden',
  '/konto/sitzungen/{session}/beenden',
  '/konto/zwei-faktor/{factor}/entfernen',
  '/konto/zugang/abbrechen',
  '/personen/zugang/{approval}/abbrechen',
  '/personen/zugang/{approval}/ablehnen',
  '/personen/zugang/{approval}/freigeben',
  '/personen/{user}/einladung',
  '/sicherungen/auftraege/{restore_order}/abbrechen',
  '/sicherungen/auftraege/{restore_order}/ablehnen',
  '/sicherungen/auftraege/{restore_order}/freigeben',
  '/sicherungen/auftraege/{restore_order}/zuruecknehmen',
];

const asRoute = (routes, path) => routes.find((r) => new RegExp(`^${r.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(path))?.path;

// Twice: a mark in every field, then marks only where free text is asked for. Where that leads.
async function fill(client, form, from) {
  const to = [];
  for (const everywhere of [true, false]) {
    const values = {};
    for (const f of form.typed) if (everywhere || f.free) values[f.name] = mark(`${target(form)} ${f.name}`, f.secret);
    let r;
    if (!form.isPost) r = await client.get(`${target(form)}?${new URLSearchParams(values)}`);
    else if (form.multipart) r = await client.upload(from, target(form), 'file', 'liste.csv', `Firma;Ort\r\n${mark('a file')};${mark('a file')}\r\n`);
    else r = await client.send(form, form.action, values);
    if (r.headers.location) to.push(r.headers.location);
  }
  return to;
}

// All pages that links lead to; each form where its route is met first. What ends sessions, or asks for a password, comes last.
async function walk(client, routes, met, begin) {
  const seen = new Set(begin), todo = [...begin], late = [];
  const visit = (to) => {
    const path = unescape(to), shape = path.replace(/\d{4}-\d\d-\d\d/g, '{day}').replace(/\d+/g, '{n}');
    const whole = /^\/(personen|konto)/.test(path); // every one of these, else one page of a kind
    if (path.startsWith('/a/') || seen.has(whole ? path : shape)) return;
    seen.add(whole ? path : shape);
    todo.push(path);
  };
  for (let n = 0; todo.length && n < pagesMax; n++) {
    const from = todo.shift(), r = await client.get(from);
    for (const form of formsOf(r.text)) {
      const route = form.isPost ? asRoute(routes, target(form)) : `GET ${target(form)}`;
      if (!route || met.has(route)) continue;
      met.add(route);
      if (/abmelden|sitzungen|passwort|nachweis/.test(route)) late.push([form, from]);
      else for (const to of await fill(client, form, from)) { seen.add(to); todo.push(to); }
    }
    for (const [, to] of r.text.matchAll(/(?:href|src)="(\/[^"#]*)"/g)) visit(to);
    if (r.headers.location) visit(r.headers.location);
  }
  late.sort(([x]) => (target(x) === '/abmelden' ? 1 : -1));
  for (const [form, from] of late) await fill(client, form, from);
}

function files(dir) {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name), st = statSync(path);
    return st.isDirectory() ? files(path) : st.isFile() ? [path] : [];
  });
}

// A request that stops in the middle of its body.
function halfRequest(server, body) {
  return new Promise((done, fail) => {
    const s = connect({ host: '127.0.0.1', port: server.port, servername: 'localhost', ca: server.ca }, () => {
      s.write(`POST /anmelden HTTP/1.1\r\nhost: localhost:${server.port}\r\ncontent-type: application/x-www-form-urlencoded\r\n` +
        `content-length: ${body.length + 1}\r\n\r\n${body}`, () => done(s));
    });
    s.on('error', fail);
  });
}

// What a process remembers of these; it may need a moment to tidy up behind its last answer.
async function remembered(pid, list) {
  let left;
  for (let tries = 0; tries < 20; tries++) {
    left = found(memory(pid), list);
    if (!left.length) break;
    await new Promise((done) => setTimeout(done, 50));
  }
  return left;
}

export async function chapter() {
  // A mail server that nobody is: what needs one is offered, and nothing leaves.
  const server = await Server.start({ demo: 'S', conf: `smtp_host = 127.0.0.1\nsmtp_port = 9\nmail_from = kontor@nordmole.example\nworkspace_mail = 1\n${escrowLine()}` });
  try {
    await all(server);
  } finally {
    await server.stop();
  }
}

async function all(server) {
  const dir = join(server.dir, 'k');
  const { slug } = server.cli(['workspace', 'list', '--json'])[0];
  const { agency: routes } = server.cli(['rights', '--json'], { noDir: true });
  const posts = routes.filter((r) => r.method === 'POST');
  const met = new Set();
  const secrets = {}; // name: value, real ones

  // What a signed-in browser holds, and what a person knows.
  const keep = (name, c) => { for (const [k, v] of c.jar) if (/sid|dev/.test(k)) secrets[`${k} of ${name}`] = v; };

  await test('secret: every form that a page offers takes a mark in every field', async () => {
    for (const who of ['mira', 'otto', 'lene', 'ole']) {
      secrets[`password of ${who}`] = password(who);
      server.addUser(who, who[0] === 'l' || who === 'ole' ? 'time_recorder_2' : 'administrator', password(who), slug);
    }
    const mira = new Client(server);
    await mira.signIn('mira', password('mira'));
    keep('mira at first', mira);
    secrets['of a second factor'] = await World.enrol(mira);
    const invited = await mira.submit('/personen/neu', '/personen', { first_name: 'Jördis', last_name: 'Sandweg', group_no: '2' });
    const token = secrets['of a link'] = /\/einladung\/([A-Za-z0-9_-]{43})/.exec(invited.text)[1];
    const named = await mira.submit('/einstellungen/verbindungen/mailserver', '/einstellungen/verbindungen/mailserver', {
      host: 'mail.linden.example', port: 465, target_login: 'kontor', password: secrets['of a mail server'] = 'Reusenknoten7Priel',
      sender: 'buero@linden.example', provider: 'Linden Hosting', country: 'Deutschland', contract_state: 1 });
    is(named.status, 303, 'a mail server');
    const reset = server.cli(['user', 'reset-password', '--workspace', slug, '--login', 'ole', '--json']).path;
    secrets['of a link for a new password'] = reset.split('/').pop();
    await walk(new Client(server), posts, met, ['/anmelden', '/anmelden/browser', `/einladung/${token}`, reset]);
    const otto = new Client(server); // somebody whom one can sign out, and whose second factor may be lost
    await otto.signIn('otto', password('otto'));
    await World.enrol(otto);
    const second = new Client(server); // and a second session, at its second step
    await second.signIn('mira', password('mira'));
    await walk(second, posts, met, ['/anmelden/code', '/anmelden/wiederherstellung']);
    const records = await foundRecords(mira, await lookedInto(server, slug, mira), '/kontakte/12'); // so that they can be ordered, and the state
    for (let round = 0; round < 3; round++) { // what the first round makes has forms of its own
      await walk(mira, posts, met, ['/', '/konto/nachweis', records]);
      keep(`mira, round ${round}`, mira);
      if (round < 2 && (await mira.get('/')).status !== 200) {
        await mira.signIn('mira', password('mira'));
        await mira.submit('/anmelden/code', '/anmelden/code', { code: totp(secrets['of a second factor'], Date.now() + 30000 * round) });
      }
    }
    const lene = new Client(server);
    await lene.signIn('lene', password('lene'));
    await walk(lene, posts, met, ['/']);
    server.addUser('ulla', 'administrator', secrets['password of ulla'] = password('ulla'), slug);
    const ulla = new Client(server), rules = '/einstellungen/anmeldung';
    await ulla.signIn('ulla', password('ulla'));
    secrets['of another second factor'] = await World.enrol(ulla);
    is((await ulla.submit(rules, `${rules}/homebanking/ein`)).status, 303);
    await walk(new Client(server), posts, met, ['/anmelden']); // the one form for everything
    is((await ulla.submit(rules, `${rules}/homebanking/aus`)).status, 303);
    is(posts.map((r) => r.path).filter((path) => !met.has(path) && !buttons.includes(path)).join(' '), '', 'routes whose form no page showed');
    is(typed.filter((t) => t.secret).length >= 12, true, 'secret fields');
    const roles = processes(server.process.pid).map((p) => p.role);
    for (const role of ['edge', 'hash', 'keymgr', 'press', 'writer']) is(roles.includes(role), true, `a ${role} is there to be looked into`);
  });

  await test('secret: none of it is on a log or in a file', async () => {
    const list = [...marks(false), ...Object.values(secrets)];
    const log = readFileSync(join(dir, 'log', 'kontor.log'));
    is(found(Buffer.concat([log, Buffer.from(list[3])]), list).length, 1, 'the search finds what is there');
    const hits = files(server.dir).map((path) => [path, found(readFileSync(path), list)]).filter(([, h]) => h.length);
    is(hits.map(([path, h]) => `${path.slice(server.dir.length)}: ${h}`).join('; '), '');
    is(found(Buffer.from(server.output), list).join(), '', 'what the server printed');
  });

  const sanitized = /\basan\b/.test(process.env.KONTOR_BUILD ?? '') && 'AddressSanitizer keeps what was freed';
  if (sanitized) { skip('secret: what was secret is in no memory', sanitized); return; }
  if (process.getuid() !== 0) { skip('secret: what was secret is in no memory', 'needs root'); return; }
  await test('secret: looking into a process finds what is under way there', async () => {
    const half = mark('half a request', true);
    const s = await halfRequest(server, `login=mira&password=${half}`);
    const seen = async () => processes(server.process.pid).filter((p) => p.role === 'edge' && found(memory(p.pid), [half]).length).length;
    let n = 0;
    for (let tries = 0; tries < 40 && n === 0; tries++) n = await seen();
    s.destroy();
    is(n, 1, 'edges with the half request');
    const worker = processes(server.process.pid).find((p) => p.role === 'writer');
    const lene = new Client(server); // a worker that rested has given its pages back
    await lene.signIn('lene', password('lene'));
    is((await lene.get('/kontakte')).status, 200);
    is(found(memory(worker.pid), marks(false)).length > 0, true, 'what was stored is in the pages of its store');
  });
  for (const p of processes(server.process.pid)) {
    await test(`secret: ${p.role} remembers nothing that was typed or shown as a secret`, async () => {
      const list = [...(p.role === 'writer' ? marks(true) : marks(false)), ...Object.values(secrets)];
      const left = await remembered(p.pid, list);
      is(left.map((m) => typed.find((t) => t.mark === m)?.field ?? Object.entries(secrets).find(([, v]) => v === m)[0]).join('; '), '');
    });
  }
}
