// ports.mjs: n free TCP ports of this machine, so that test runs beside each other do not meet. None of those that the
// kernel hands out: a server that is started again would now and then find its port taken by somebody's connection.
import * as net from 'node:net';

const [first, last] = [12000, 31999];

function tryOne() {
  const s = net.createServer();
  const port = first + Math.floor(Math.random() * (last - first + 1));
  return new Promise((done) => {
    s.once('error', () => done(null));
    s.listen(port, '127.0.0.1', () => done(s));
  });
}

export async function freePorts(n) {
  const servers = [];
  for (let tries = 0; servers.length < n; tries++) {
    if (tries > 1000) throw new Error('no free port');
    const s = await tryOne();
    if (s) servers.push(s);
  }
  const ports = servers.map((s) => s.address().port);
  await Promise.all(servers.map((s) => new Promise((done) => s.close(done))));
  return ports;
}
export const freePort = async () => (await freePorts(1))[0];
