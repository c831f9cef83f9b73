// process_http.mjs: what each process of a server that is in use holds, as the kernel tells it: descriptors by a list, user id,
// capabilities, filter, environment, limits. The list is the one of doc/architecture.md; what is not on it is too much.
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { processes } from '../lib/memory.mjs';
import { build, foreign } from '../lib/server.mjs';
import { password } from '../lib/world.mjs';
import { is, skip, test } from '../lib/tap.mjs';

// Inode of a socket -> "seqpacket", "stream", "listen 8443", "tcp"; of all network namespaces that are met.
function sockets(pids) {
  const kinds = new Map();
  for (const pid of ['self', ...pids]) {
    for (const line of readFileSync(`/proc/${pid}/net/unix`, 'utf8').split('\n').slice(1)) {
      const [, , , , type, , inode] = line.trim().split(/\s+/);
      if (inode) kinds.set(inode, { '0001': 'stream', '0005': 'seqpacket' }[type] ?? 'datagram');
    }
    for (const line of readFileSync(`/proc/${pid}/net/tcp`, 'utf8').split('\n').slice(1)) {
      const w = line.trim().split(/\s+/);
      if (w[9]) kinds.set(w[9], w[3] === '0A' ? `listen ${parseInt(w[1].split(':')[1], 16)}` : 'tcp');
    }
  }
  return kinds;
}

// 4 -> "seqpacket", 7 -> "DIR/workspaces/1/data.db" …
function holds(p, kinds, dir) {
  return readdirSync(`/proc/${p.pid}/fd`).flatMap((n) => {
    let to;
    try { to = readlinkSync(`/proc/${p.pid}/fd/${n}`); } catch { return []; }
    const socket = /^socket:\[(\d+)\]/.exec(to);
    if (socket) to = kinds.get(socket[1]) ?? 'another socket';
    return [[+n, to.replace(dir, 'DIR').replace(build, 'BUILD').replace(/^pipe:.*/, 'pipe').replace(/^anon_inode:\[?(\w+)\]?.*/, '$1')]];
  }).sort((a, b) => a[0] - b[0]);
}

// What a role holds besides null (0, 1), the log pipe (2), the channel to master (3) and its event loop.
const more = (p, world) => {
  const store = (folder) => ['lock', 'data.db', 'data.db-wal', 'data.db-shm'].map((f) => `DIR/${folder}/${f}`);
  return {
    keymgr: ['seqpacket'], signer: ['seqpacket'], hash: ['seqpacket'], press: ['seqpacket'], scheduler: ['seqpacket'],
    system: ['seqpacket', ...store('system')],
    writer: ['seqpacket', ...store(`workspaces/${p.workspace}`)],
    edge: ['seqpacket', `listen ${world.server.port}`, 'tcp'],
    operator: ['seqpacket', `listen ${world.server.operatorPort}`, 'tcp'],
    master: ['signalfd', 'pidfd', 'pipe', 'seqpacket', `listen ${world.server.port}`, `listen ${world.server.operatorPort}`, 'null', 'DIR/run/lock',
      'DIR/log/kontor.log', 'DIR/keys/master.key', 'BUILD/kontor', ...['keymgr', 'worker', 'edge', 'press'].map((x) => `BUILD/kontor-${x}`)],
  }[p.role];
};

export async function chapter(world) {
  if (process.getuid() !== 0) { skip('process: what each one holds', 'needs root'); return; }
  const dir = join(world.server.dir, 'k');
  world.server.addUser('paula', 'team_leader', password('paula'), world.first);
  const paula = await world.enter('paula', password('paula'));
  const begun = await paula.submit('/konto/zwei-faktor', '/konto/zwei-faktor', {}); // its page has a picture, which a press makes
  const page = await paula.get(begun.headers.location);
  is((await paula.get(/src="(\/konto\/[^"]*)"/.exec(page.text)[1])).headers['content-type'], 'image/png');
  const all = processes(world.server.process.pid).map((p) => ({ ...p, workspace: /--workspace\0(\d+)/.exec(readFileSync(`/proc/${p.pid}/cmdline`, 'latin1'))?.[1] }));
  const kinds = sockets(all.map((p) => p.pid));
  const status = (p, key) => new RegExp(`^${key}:[ \\t]*(.*)$`, 'm').exec(readFileSync(`/proc/${p.pid}/status`, 'utf8'))[1];
  const children = all.filter((p) => p.role !== 'master');

  await test('process: those that a server in use has', () => {
    const roles = new Set(all.map((p) => p.role));
    for (const role of ['master', 'keymgr', 'signer', 'system', 'edge', 'operator', 'scheduler', 'writer', 'hash', 'press']) is(roles.has(role), true, role);
    is(children.filter((p) => p.role === 'writer').length, 2, 'writers');
  });
  for (const p of all) {
    await test(`process: ${p.role}${p.role === 'writer' ? ` ${p.workspace}` : ''} holds the descriptors on its list and no other`, () => {
      const list = more(p, world), got = holds(p, kinds, dir);
      const odd = got.filter(([n, to]) => {
        if (p.role === 'master') return n > 2 && !list.includes(to === '/dev/null' ? 'null' : to);
        if (n <= 3) return to !== ['/dev/null', '/dev/null', 'pipe', 'seqpacket'][n];
        return !['eventpoll', ...list].includes(to);
      }).filter(([, to]) => !(p.role === 'master' && to === 'eventpoll'));
      is(odd.map(([n, to]) => `${n} ${to}`).join('; '), '', `of ${got.map(([n, to]) => `${n} ${to}`).join(', ')}`);
      is(got.some(([, to]) => to.includes(foreign)), false, 'what the starter had open');
    });
  }
  await test('process: a worker has channels to master, keymgr, edges and helpers, and no more', () => {
    for (const p of children.filter((x) => x.role === 'writer')) {
      const n = holds(p, kinds, dir).filter(([, to]) => to === 'seqpacket').length;
      is(n >= 3 && n <= 2 + children.filter((x) => x.role === 'edge').length + 3, true, `${n} channels`);
    }
  });
  await test('process: own user ids, no group, no capability, a filter, no new privileges, no core', () => {
    for (const p of children) {
      is(p.uid > 0, true, `${p.role}: uid ${p.uid}`);
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) is(status(p, set), '0000000000000000', `${p.role} ${set}`);
      is(status(p, 'Seccomp'), '2', p.role);
      is(status(p, 'NoNewPrivs'), '1', p.role);
      is(status(p, 'Groups'), '', p.role);
      is(status(p, 'Umask'), '0077', p.role);
      is(status(p, 'Threads'), '1', p.role);
    }
    const owners = children.map((p) => `${p.uid} ${p.role}${p.workspace ?? ''}`);
    is(new Set([...new Set(owners)].map((o) => o.split(' ')[0])).size, new Set(owners).size, `a user id for each role and workspace: ${owners}`);
    for (const p of all) is(/Max core file size\s+0\s+0\s/.test(readFileSync(`/proc/${p.pid}/limits`, 'utf8')), true, `${p.role}: core`);
    is(parseInt(status(all[0], 'CapEff'), 16), 0xe1, 'master: CHOWN, KILL, SETGID, SETUID and no more');
  });
  await test('process: an empty environment', () => {
    for (const p of children) {
      const env = readFileSync(`/proc/${p.pid}/environ`, 'latin1').split('\0').filter((v) => v && !/^(KONTOR_NOW|ASAN_OPTIONS)=/.test(v));
      is(env.join(' '), '', p.role);
    }
  });
}
