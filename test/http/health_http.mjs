// health_http.mjs: the console's page of what doctor found: recorded on wish and by itself, the worst first, in
// both languages; what becomes bad is told to operators once, and gone when it is mended.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, totp } from '../lib/client.mjs';
import { Server, build } from '../lib/server.mjs';
import { World } from '../lib/world.mjs';
import { has, hasNot, is, skip, test } from '../lib/tap.mjs';

const password = 'Leuchtturm ops 47 Kiel';

export async function chapter() { // a server of its own: no one else's folders are opened to others
  const s = await Server.start({});
  const look = () => s.cli(['doctor', '--quick', '--record', '--json']);
  let ops = new Client({ port: s.operatorPort, ca: s.ca }, 'localhost'), key;
  const page = async (lang = 'de') => (await ops.get('/zustand', { 'accept-language': lang })).text;
  // "dringend" of the row that has this finding's name.
  const state = (text, id) => /class="status (\w+)"/.exec(text.split('<tr>').find((r) => r.includes(`>${id}</code>`)) ?? '')?.[1];
  try {
    const [, link] = /(\/einladung\/\S+)/.exec(s.initOutput.split('\n').find((l) => /8444|Betreiber/.test(l)));
    is((await ops.submit(link, link, { login: 'wache', password, first_name: 'Wiebke', last_name: 'Achterberg' })).status, 303, 'the operator comes in');
    key = await World.enrol(ops);
    await test('health: nobody has looked yet', async () => has(await page(), 'Noch hat niemand nachgesehen'));
    await test('health: what doctor found stands there, the worst first', async () => {
      const found = look().findings;
      const text = await page();
      for (const f of found) has(text.replace(/&quot;/g, '"').replace(/&amp;/g, '&').replace(/&#39;/g, "'"), f.text);
      const order = [...text.matchAll(/class="status (bad|warn|ok)"/g)].map((m) => ['bad', 'warn', 'ok'].indexOf(m[1]));
      is(order.length, found.length, 'rows');
      is(order.join(), [...order].sort().join(), 'order');
      is(state(text, 'key.at_rest'), 'bad');
      has(text, 'aria-current="page"');
    });
    await test('health: what becomes bad is told once, and is gone when it is mended', async () => {
      const told = async () => ((await ops.get('/konto/hinweise')).text.match(/An der Installation ist etwas dringend geworden/g) ?? []).length;
      const before = await told();
      is(before > 0, true, 'the first look told of what is bad');
      chmodSync(join(s.dir, 'k/backup'), 0o755);
      is(state(await page(), 'files.mode'), 'ok', 'before the look');
      look();
      look();
      is(state(await page(), 'files.mode'), 'bad');
      is(await told(), before + 1, 'told once');
      chmodSync(join(s.dir, 'k/backup'), 0o700);
      look();
      is(state(await page(), 'files.mode'), 'ok');
      is(await told(), before + 1, 'good news is no alarm');
    });
    await test('health: the server looks by itself', async () => {
      chmodSync(join(s.dir, 'k/spool'), 0o755);
      const at = new Date(Date.now() + 10 * 60000).toISOString().replace(/\.\d+/, '');
      s.cli(['clock', 'set', '--now', at, '--settle'], { raw: true });
      for (const end = Date.now() + 15000; state(await page(), 'files.mode') !== 'bad' && Date.now() < end;) await new Promise((r) => setTimeout(r, 100));
      is(state(await page(), 'files.mode'), 'bad');
      hasNot(await page(), 'Seit mehr als drei Stunden');
    });
    await test('health: once a day it looks at every store and outbox too, and what it saw there stays behind hourly looks', async () => {
      const ids = (...how) => s.cli(['doctor', ...how, '--json']).findings.map((f) => f.id);
      const quick = ids('--quick'), slow = [...new Set(ids().filter((id) => !quick.includes(id)))];
      const shown = async () => { const text = await page(); return slow.filter((id) => state(text, id)).join(); };
      is(slow.length > 0, true, 'there is something that only a thorough look sees');
      is(await shown(), '', 'nobody has looked there yet');
      for (const hours of [2, 4]) {
        const now = Date.now() + hours * 3600000;
        s.cli(['clock', 'set', '--now', new Date(now).toISOString().replace(/\.\d+/, ''), '--settle'], { raw: true });
        ops = new Client({ port: s.operatorPort, ca: s.ca }, 'localhost'); // the session of before is over
        await ops.signIn('wache', password);
        is((await ops.submit('/anmelden/code', '/anmelden/code', { code: totp(key, now) })).status, 303);
        for (const end = Date.now() + 15000; await shown() !== slow.join() && Date.now() < end;) await new Promise((r) => setTimeout(r, 100));
        is(await shown(), slow.join());
        look();
        is(await shown(), slow.join(), 'a quick look leaves it');
      }
    });
    const smartctl = '/usr/sbin/smartctl', sick = join(s.dir, 'smartctl');
    writeFileSync(sick, '#!/bin/sh\necho \'{"smart_status": {"passed": false}}\'\n', { mode: 0o755 });
    const hear = 'mount --bind "$1" "$2" && shift 2 && exec "$@"'; // a disk that says that it fails, for this one look
    const heard = process.getuid() === 0 && existsSync(smartctl) && spawnSync('unshare',
      ['-m', 'sh', '-c', hear, 'sh', sick, smartctl, join(build, 'kontor'), 'doctor', '--quick', '--record', '-d', join(s.dir, 'k')], { env: s.env }).status === 0;
    if (heard && state(await page(), 'disk.smart') === 'bad') {
      await test('health: what a disk said of itself stays when a look cannot ask it', async () => {
        has(await page(), 'SMART');
        look(); // this one hears nothing, as the service behind its walls
        is(state(await page(), 'disk.smart'), 'bad');
      });
    } else {
      skip('health: what a disk said of itself', 'needs root, smartmontools and a disk with a name');
    }
    await test('health: the server sees what an administrator of the machine sees', async () => {
      const all = (text) => [...text.matchAll(/<tr><td class="tight"[\s\S]*?<\/tr>/g)].map(([row]) => row.replace(/<[^>]*>/g, ' ').replace(/(heute|gestern), \d\d:\d\d|\d+ ms/g, '').replace(/\s+/g, ' ').trim()).sort();
      const itself = all(await page());
      look();
      const person = all(await page());
      is(itself.length > 5, true, 'it is the page');
      is(itself.length, person.length);
      is(itself.filter((row, i) => row !== person[i]).join('\n'), '');
    });
  } finally {
    await s.stop();
  }
}
