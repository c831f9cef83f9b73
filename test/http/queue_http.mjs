// queue_http.mjs: AUTH-03: 64 sign-ins wait for their hash; who comes then is told to come back, and the others get in.
import { Client } from '../lib/client.mjs';
import { Server } from '../lib/server.mjs';
import { is, test } from '../lib/tap.mjs';

const password = 'Nebelhorn Förde vier Krabben';
const waiting = 64; // WORK_WAITING in proc/work.h

export async function chapter() {
  const server = await Server.start({ hashMs: 200 });
  try {
    server.addUser('piet', 'time_recorder_2', password, 'agentur');
    await test('queue: 64 sign-ins wait, the others are told to come back in two seconds', async () => {
      const clients = Array.from({ length: waiting + 16 }, () => new Client(server));
      const forms = [];
      for (const c of clients) forms.push(Client.forms((await c.get('/anmelden')).text).find((f) => f.action === '/anmelden'));
      const said = await Promise.all(clients.map(async (c, i) => {
        const r = await c.send(forms[i], '/anmelden', { login: 'piet', password });
        return { status: r.status, retry: r.headers['retry-after'] };
      }));
      const came = said.filter((r) => r.status === 303), back = said.filter((r) => r.status === 503);
      is(came.length + back.length, clients.length, said.map((r) => r.status).join(' '));
      for (const r of back) is(r.retry, '2');
      // However slow the machine: who has a place in the queue gets in.
      is(came.length >= waiting && back.length >= 1, true, `${back.length} found no place, ${came.length} got in`);
      await new Client(server).signIn('piet', password);
    });
  } finally {
    await server.stop();
  }
}
