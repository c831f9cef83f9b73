// bad_input_test.mjs: what comes in wrongly, in a table: another key, a foreign archive, a newer format, half a file, a full
// target, one that cannot be reached, a return ordered twice, a price that has changed. Of each: the sentence, German and
// English; the audit row with its code; and not a row of content or a file of a state is another afterwards.
// TAP on stdout. Argument: build folder.
import { spawnSync } from 'node:child_process';
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';

// A mount namespace of our own, for a target of a few blocks; where that cannot be, the line says so.
if (process.env.KONTOR_SMALL === undefined) {
  const small = fs.mkdtempSync(path.join(os.tmpdir(), 'kontor-small-'));
  const how = [process.getuid() === 0 ? '-m' : '-rm', 'sh', '-c', 'mount -t tmpfs -o size=16k,mode=755 none "$KONTOR_SMALL" || export KONTOR_SMALL=; exec "$@"', 'sh', process.execPath,
    fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  let r = spawnSync('unshare', how, { stdio: 'inherit', env: { ...process.env, KONTOR_SMALL: small } });
  if (r.error || r.status === null || r.status > 1) r = spawnSync(process.execPath, how.slice(6), { stdio: 'inherit', env: { ...process.env, KONTOR_SMALL: '' } });
  fs.rmSync(small, { recursive: true, force: true });
  process.exit(r.status ?? 1);
}

process.env.KONTOR_BUILD = process.argv[2];
const { Client } = await import('../lib/client.mjs');
const { Server } = await import('../lib/server.mjs');
const { Sshd } = await import('../lib/sshd.mjs');
const { lookedInto } = await import('../lib/states.mjs');
const { finish, ok, skip } = await import('../lib/tap.mjs');
const { World, password } = await import('../lib/world.mjs');

const build = path.resolve(process.argv[2]);
const small = process.env.KONTOR_SMALL;
const top = fs.mkdtempSync(path.join(os.tmpdir(), 'kontor-bad-'));
const at = (name) => path.join(top, name);
const key = at('escrow.key');
const archive = (...args) => spawnSync(path.join(build, 'kontor-archive'), args, { encoding: 'utf8' });
const escrow = archive('key', key).stdout.trim();
archive('key', at('other.key'));
const server = await Server.start({ demo: 'S', json: true, conf: `backup_escrow = ${escrow}\n${small ? `backup_target3 = folder:${small}\n` : ''}` });
process.on('exit', () => {
  if (server.exitCode === undefined) server.process.kill('SIGKILL');
  for (const d of [server.dir, top]) fs.rmSync(d, { recursive: true, force: true });
});
const dir = path.join(server.dir, 'k');
const langs = { de: 'de_DE.UTF-8', en: 'en_GB.UTF-8' };
const parse = (s) => { try { return JSON.parse(s); } catch { return null; } };
let lang = 'en';
const kontor = (...args) => {
  const r = spawnSync(path.join(build, 'kontor'), [...args, '--json', '-d', dir], { env: { ...server.env, LC_ALL: langs[lang] }, encoding: 'utf8', timeout: 60000 });
  return { status: r.status, json: parse(r.stdout), ...parse(r.stderr)?.error, err: r.stderr };
};
const nextSecond = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1001 - Date.now() % 1000);
const backup = (w) => { nextSecond(); return kontor('backup', 'run', '--workspace', w).json; };
const sums = (folder) => Object.fromEntries(fs.readdirSync(folder, { recursive: true }).filter((f) => f.endsWith('.kontor')).sort()
  .map((f) => [f, crypto.createHash('sha256').update(fs.readFileSync(path.join(folder, f))).digest('hex')]));

// What a workspace holds, as its newest state says: the checksum of each table, and its audit.
const talk = ['audit', 'id_counter', 'notice', 'session', 'session_token', 'restore_order', 'approval', 'backup_state', 'backup_copy', 'backup_duty', 'backup_place', 'drill', 'mail', 'network', 'attempt', 'device'];
function looked(w) {
  const { id } = backup(w);
  const file = path.join(dir, 'backup', w === 'system' ? '0' : w, `${id}.kontor`);
  const out = at(`out-${w}-${id}`);
  archive('unpack', file, '--key', key, '--to', out);
  const manifest = parse(fs.readFileSync(path.join(out, 'manifest.json'), 'utf8'));
  const audit = parse(fs.readFileSync(path.join(out, 'tables/audit.json'), 'utf8'));
  fs.rmSync(out, { recursive: true });
  return { id, audit, content: Object.fromEntries(manifest.tables.filter((t) => !talk.includes(t.name)).map((t) => [t.name, t.checksum])) };
}

// --- people, a state, an archive of somebody else's ---------------------------------------------------------------
for (const login of ['maat', 'bootsfrau']) server.addUser(login, 'administrator', password(login), '1');
const world = new World(server);
const { slug } = kontor('workspace', 'show', '1').json ?? server.cli(['workspace', 'list', '--json'])[0];
const c = await world.enter('maat', password('maat'), true);
const second = await world.enter('bootsfrau', password('bootsfrau'), true);
const company = /\/kontakte\/(\d+)/.exec((await c.submit('/kontakte/neu', '/kontakte/neu', { name: 'Bleibt Bestehen KG' })).headers.location)[1];
const state = backup('1').id;
const foreign = path.join(dir, 'backup/2', `${backup('2').id}.kontor`);
const file = path.join(dir, 'backup/1', `${state}.kontor`);
const good = fs.readFileSync(file);
const order = await lookedInto(server, slug, c);
for (const [who, login] of [[c, 'maat'], [second, 'bootsfrau']]) await who.submit('/konto/nachweis', '/konto/nachweis', { password: password(login) });
kontor('workspace', 'add', '--slug', 'leer');
const empty = String(kontor('workspace', 'show', 'leer').json.workspace);
const change = (name, f) => { const b = Buffer.from(good); fs.writeFileSync(at(name), f(b) ?? b); return at(name); };
const wrong = {
  foreign, newer: change('newer.kontor', (b) => { b[8] = 9; }), half: change('half.kontor', (b) => b.subarray(0, b.length >> 1)),
};

// --- how each is asked for ----------------------------------------------------------------------------------------
// Another file has the state's name, wherever it lies, while it is asked for.
const lies = [file, ...fs.readdirSync(path.join(dir, 'copies')).map((t) => path.join(dir, 'copies', t, '1', path.basename(file)))].filter((f) => fs.existsSync(f));
const instead = (from, work) => {
  for (const f of lies) fs.copyFileSync(from, f);
  try { return work(); } finally { for (const f of lies) fs.writeFileSync(f, good); }
};
const restore = (verb, from) => () => instead(from, () => kontor('restore', verb, state, '--workspace', '1', ...(verb === 'take' ? ['--record', `company:${company}`, '--overwrite'] : verb === 'find' ? ['--text', 'Bleibt'] : [])));
const take_in = (from, with_ = key) => () => kontor('workspace', 'import', from, '--slug', 'leer', '--key', with_);
const plain = (html) => html.replace(/<[^>]*>/g, ' ').replace(/&nbsp;|\u00a0/g, ' ').replace(/\s+/g, ' ');
const ordering = (who, form, values) => async () => {
  const once = crypto.randomBytes(17).toString('base64url').slice(0, 22);
  const r = await who.send(form, order, { reason: 'versehentlich', ...values, once });
  return { status: r.status === 409 ? 5 : 0, code: null, text: plain(r.text) };
};
// A state goes to all targets; what doctor says of one.
const copying = (target, wrong_, right) => () => {
  wrong_();
  nextSecond();
  const r = kontor('backup', 'run', '--workspace', '1');
  const f = kontor('doctor', '--quick').json.findings.filter((x) => x.text.includes(target) || /^backup\.remote$/.test(x.id));
  const copies = kontor('backup', 'list', '--workspace', '1').json.find((x) => x.id === r.json?.id)?.copies ?? [];
  right();
  const others = copies.filter((x) => x.target !== target && x.target !== 'target3'); // which stays full
  return { status: r.status === 0 && others.length >= 2 && others.every((x) => x.verified) ? 5 : 0, code: copies.find((x) => x.target === target)?.fault, text: f.map((x) => x.text).join(' ') };
};

const sentences = {
  key: [/für einen anderen Schlüssel verschlossen/, /sealed for another key/],
  foreign: [/gehört zu einem anderen Arbeitsbereich/, /belongs to another workspace/],
  newer: [/neueren Version von Kontor. Bitte aktualisieren/, /newer version of Kontor. Please update/],
  half: [/fehlt das Ende.*noch einmal/, /end of this archive is missing.*again/],
  twice: [/schon beauftragt.*nichts ein zweites Mal bestellt/],
  price: [/Preis hat sich inzwischen geändert. Nichts wurde bestellt/],
  whole: [/vorher gesichert/, /saved first/],
  full: [/Das Ziel target3 ist voll.*Abhilfe: Platz schaffen/, /target target3 is full.*make room/],
  away: [/Das Ziel target1 für Kopien ist nicht da.*Abhilfe/, /target target1 for copies is not there.*Remedy/],
  unreachable: [/nicht erreichbar. Prüfen Sie/, /cannot be reached. Check/],
};
const rows = [
  ['another key: an import', take_in(file, at('other.key')), sentences.key, 'archive.key', empty, 'workspace.import_refused'],
  ...['preview', 'apply', 'find', 'take'].flatMap((verb) => ['foreign', 'newer', 'half'].map((what) =>
    [`${what}: restore ${verb}`, restore(verb, wrong[what]), sentences[what], { foreign: 'archive.workspace', newer: 'archive.newer', half: 'archive.cut' }[what], '1', verb === 'take' ? 'restore.take_refused' : 'restore.failed'])),
  ['a store that can be read: restore apply --damaged', () => kontor('restore', 'apply', state, '--damaged', '--workspace', '1'), sentences.whole, 'restore.whole', '1', 'restore.failed'],
  ...['newer', 'half'].map((what) => [`${what}: an import`, take_in(wrong[what]), sentences[what], { newer: 'archive.newer', half: 'archive.cut' }[what], empty, 'workspace.import_refused']),
];

const last = {}; // of each workspace, what it held when it was looked at last
async function judge([what, work, [de, en], code, w, event]) {
  const before = (last[w] ??= looked(w));
  const states = sums(path.join(dir, 'backup'));
  for (const [l, words] of [['de', de], ['en', en]].filter(([, x]) => x)) { // pages speak the person's language
    lang = l;
    const r = await work();
    ok(r.status !== 0 && (r.code === null || r.code === code) && words.test(r.text), `${what}: refused, and said in ${l}`, r);
  }
  lang = 'en';
  const after = looked(w);
  last[w] = after;
  const fresh = after.audit.slice(before.audit.length).filter((r) => r.event_text === event && JSON.stringify(r).includes(code));
  ok(fresh.length >= 1, `${what}: a row ${event} with ${code}`, after.audit.slice(before.audit.length));
  const is = sums(path.join(dir, 'backup'));
  const moved = [...Object.keys(before.content).filter((t) => before.content[t] !== after.content[t]), ...Object.keys(states).filter((f) => states[f] !== is[f])];
  ok(moved.length === 0, `${what}: nothing is lost or changed`, moved);
}
for (const row of rows) await judge(row);

// --- ordered by the customer --------------------------------------------------------------------------------------
delete last[1];
const form = Client.forms((await c.get(order)).text).find((f) => f.action === order);
kontor('price', 'set', '--restore-whole', '120.00');
await judge(['the price changed meanwhile', ordering(c, form, {}), sentences.price, 'price.changed', '1', 'user.access_refused']);
delete last.system;
await judge(['the price changed meanwhile, at the operator', ordering(c, form, {}), sentences.price, 'charge_item', 'system', 'charge.refused']);
ok(kontor('charge', 'list').json.length === 0, 'and nothing is owed');
const formOf = async (who) => Client.forms((await who.get(order)).text).find((f) => f.action === order);
const fresh = await formOf(c);
const hers = await formOf(second); // a session's first refusal is written at once, others by the minute
const first = await c.send(fresh, order, { reason: 'versehentlich' });
delete last[1]; // an order of our own
ok(first.status === 303, 'ordered once, it waits for the second administrator', plain(first.text).slice(0, 400));
await judge(['ordered twice', ordering(second, hers, { order_key: 'x'.repeat(24) }), sentences.twice, 'restore.twice', '1', 'user.access_refused']);
ok(kontor('charge', 'list').json.length === 1, 'and owed once');

// --- targets ------------------------------------------------------------------------------------------------------
const nothing = () => {};
delete last.system; // the order's price
if (small) await judge(['a full target', copying('target3', nothing, nothing), sentences.full, 'store.full', 'system', 'backup.copy_lost']);
else skip('a full target', 'cannot mount a small disk');
const folder = path.join(dir, 'copies/1');
await judge(['a target that is not there', copying('target1', () => fs.renameSync(folder, `${folder}.away`), () => fs.renameSync(`${folder}.away`, folder)),
  sentences.away, 'copy.away', 'system', 'backup.copy_lost']);
ok(fs.readdirSync(path.join(folder, '1')).length > 0, 'what lay there lies there');
await server.halt();
if (Sshd.there()) {
  const far = new Sshd(at('sshd')); // never started
  await far.start();
  await far.stop();
  const conf = path.join(dir, 'kontor.conf');
  fs.copyFileSync(`${far.top}/client`, path.join(dir, 'sftp.key'));
  fs.writeFileSync(conf, `${fs.readFileSync(conf, 'utf8').replace(/^backup_target3.*\n/m, '')}backup_target3 = sftp://${far.user}@127.0.0.1:${far.port}/far\nbackup_hostkey3 = ${far.fingerprint()}\nbackup_sftp_key = ${dir}/sftp.key\n`);
  const next = await Server.start({ dir: server.dir });
  Object.assign(server, { process: next.process, exitCode: undefined });
  next.process.on('exit', (code) => { server.exitCode = code; });
  await judge(['a target that cannot be reached', copying('target3', nothing, nothing), sentences.unreachable, 'copy.unreachable', 'system', 'backup.copy_lost']);
  await next.halt();
} else {
  skip('a target that cannot be reached', 'there is no sshd: install openssh-server');
}
finish();
process.exit();
