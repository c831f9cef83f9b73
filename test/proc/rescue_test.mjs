// rescue_test.mjs: a state takes the place of a store whose first page is damaged, and whoever does it is killed at seeded
// moments: what lies there is the damaged store as it was, or the new one, whole. What people see until then. TAP on
// stdout. Arguments: build folder, rounds.
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Client } from '../lib/client.mjs';
import { Place } from '../lib/place.mjs';
import { Usual, dice, gone, killAll, moment, roundsOf } from '../lib/rounds.mjs';
import { backedUp } from '../lib/states.mjs';
import { finish, ok } from '../lib/tap.mjs';

const rounds = roundsOf(process.argv[3]);
const place = new Place(process.argv[2], 'rescue');
const { dir } = place;
const kontor = (...args) => place.run('kontor', args);
const server = { cli: (args) => { const r = place.run('kontor', args); return { status: r.status, stdout: r.out, stderr: r.err }; } };
const folder = path.join(dir, 'workspaces/1');
const store = path.join(folder, 'data.db');
const hash = () => crypto.createHash('sha256').update(fs.readFileSync(store)).digest('hex');
const kept = () => fs.readdirSync(folder).filter((f) => f.startsWith('data.db.damaged-'));
const rescue = ['restore', 'apply', '', '--damaged', '--workspace', '1', '--json'];

kontor('init', '--demo', 'S', '--hash-ms', '0');
await place.serve();
rescue[2] = await backedUp(server, '1');
await place.halt();
const rotten = fs.readFileSync(store);
rotten[1000] ^= 0x10;
const asBefore = crypto.createHash('sha256').update(rotten).digest('hex');
const ruin = () => {
  for (const f of fs.readdirSync(folder).filter((n) => n.startsWith('data.db'))) fs.rmSync(path.join(folder, f));
  fs.writeFileSync(store, rotten);
  const { uid, gid } = fs.statSync(folder);
  fs.chownSync(store, uid, gid);
};

// --- what people see ---------------------------------------------------------------------------------------------
ruin();
await place.serve();
const people = new Client({ port: place.ports[0], ca: fs.readFileSync(path.join(dir, 'tls/ca.pem')) });
const page = async (lang) => { const r = await people.get('/anmelden', { 'accept-language': lang }); return { status: r.status, retry: r.headers['retry-after'], text: r.text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ') }; };
const [de, en] = [await page('de'), await page('en')];
ok(de.status === 503 && /Die Daten Ihrer Agentur lassen sich nicht lesen .*beschädigt.*Betreiber/.test(de.text) && /Fehler 503/.test(de.text), 'people are told that the data cannot be read, and whom to tell', de);
ok(en.status === 503 && /Your agency's data cannot be read/.test(en.text) && en.retry === '60', 'in English as well', en);

// --- killed ------------------------------------------------------------------------------------------------------
// In turn the successor alone, which has one of its own, and all of the server.
const usual = new Usual();
const first = await usual.of(() => rescued());
ok(first.status === 0 && kept().length === 1, 'a state takes its place', first);
ok(kontor('user', 'list', '--workspace', '1', '--json').status === 0, 'and it opens');
let served;
for (const end = Date.now() + 10000; (served = await page('de')).status !== 200 && Date.now() < end;) await moment(100); // a refusal is remembered for two seconds
ok(served.status === 200, 'and they are served', served);
const tally = { killed: 0, old: 0, done: 0, wrong: [] };
// The server that has just begun may be at a drill of its own.
async function rescued() {
  for (;;) {
    const r = await place.start(rescue);
    if (r.fault?.code !== 'backup.running') return r;
  }
}
const roll = dice(4711);
for (let i = 0; i < rounds; i++) {
  await place.halt();
  ruin();
  await place.serve();
  const going = rescued();
  const at = roll(Math.ceil(usual.middle * 1.1));
  await moment(at);
  let n = 0;
  let r;
  if (i % 2 === 0) {
    n = killAll('writer', folder);
    r = await going;
  } else {
    await place.halt('SIGKILL');
    await going;
    await gone(dir);
    const is = hash() === asBefore ? 'old' : 'done';
    n = 1;
    tally[is]++;
    if (is === 'done' && kept().length !== 1) tally.wrong.push(`round ${i} at ${at} ms: done, and kept ${kept()}`);
    await place.serve();
    r = is === 'old' ? await rescued() : { status: 0 };
  }
  tally.killed += n > 0;
  const list = kontor('user', 'list', '--workspace', '1', '--json');
  if (r.status !== 0 || list.status !== 0 || kept().length !== 1) tally.wrong.push(`round ${i} at ${at} ms: ${JSON.stringify([r, list.status, kept()])}`);
}
ok(tally.wrong.length === 0, `${rounds} times a state took the place of a damaged store, killed ${tally.killed} times (${tally.old} as it was, ${tally.done} done): whole, and kept once`, tally);
await place.halt();
finish();
process.exit();
