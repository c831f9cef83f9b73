// race_http.mjs: AUTH-11 when it is tried for real: two log-ins with one code at the same moment; exactly one wins,
// whoever it is, and the other one is told what is told of any wrong code.
import { Client, totp } from '../lib/client.mjs';
import { Server } from '../lib/server.mjs';
import { is, test } from '../lib/tap.mjs';

const password = 'Nebelhorn Förde vier Krabben';
const start = Date.parse('2026-11-24T08:00:00Z');

export async function chapter(_, rounds = 50) {
  const server = await Server.start({ now: new Date(start).toISOString() });
  let at = start;
  const now = (ms) => { at = ms; server.cli(['clock', 'set', new Date(at).toISOString(), '--json']); };
  // keymgr computes 120 codes a minute for one worker, by a clock that no test moves; its successor begins anew.
  const successor = () => {
    const writer = server.cli(['doctor', '--quick', '--json']).processes.find((p) => p.role === 'writer');
    if (writer) process.kill(writer.pid, 'SIGKILL');
  };
  const ticket = async (c) => is((await c.submit('/anmelden', '/anmelden', { login: 'piet', password })).headers.location.split('?')[0], '/anmelden/code');
  try {
    server.addUser('piet', 'time_recorder_2', password, 'agentur');
    const c = new Client(server);
    await c.submit('/anmelden', '/anmelden', { login: 'piet', password });
    const page = (await c.submit('/konto/zwei-faktor', '/konto/zwei-faktor', {})).headers.location.split('?')[0];
    const secret = /((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})/.exec((await c.get(page)).text)[1];
    now(at + 60e3);
    is((await c.submit(page, page, { code: totp(secret, at) })).status, 303);
    await test(`race: of two log-ins with one code exactly one wins, ${rounds} times`, async () => {
      let first = 0;
      for (let i = 0; i < rounds; i++) {
        if (i % 50 === 49) successor();
        now(at + 1000e3); // past what the throttle remembers
        const pair = [new Client(server), new Client(server)];
        for (const p of pair) await ticket(p);
        const forms = [];
        for (const p of pair) forms.push(Client.forms((await p.get('/anmelden/code')).text).find((f) => f.action === '/anmelden/code'));
        const code = totp(secret, at);
        const order = i % 2 === 0 ? [0, 1] : [1, 0]; // whoever speaks first
        const said = [];
        await Promise.all(order.map(async (k) => { said[k] = await pair[k].send(forms[k], '/anmelden/code', { code }); }));
        const ways = said.map((r) => r.headers.location ?? String(r.status));
        is([...ways].sort().join(' '), '/ /anmelden/code?falsch=1', `round ${i + 1}`);
        first += ways[0] === '/' ? 1 : 0;
        const open = [];
        for (const p of pair) open.push((await p.get('/konto')).status === 200);
        is(open.filter(Boolean).length, 1, `round ${i + 1}: one session`);
        is(open[0], ways[0] === '/', `round ${i + 1}: of the one who won`);
      }
      console.log(`# the first of the two won ${first} of ${rounds} times`);
    });
  } finally {
    await server.stop();
  }
}
