// process_http.mjs: what each process of a server that is in use holds, as the kernel tells it: descriptors by a list, user id,
// capabilities, filter, environment, limits. The list is the one of doc/architecture.md; what is not on it is too much.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { processes } from '../lib/memory.mjs';
import { Server, build, foreign } from '../lib/server.mjs';
import { escrowLine } from '../lib/states.mjs';
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

const status = (p, key) => new RegExp(`^${key}:[ \\t]*(.*)$`, 'm').exec(readFileSync(`/proc/${p.pid}/status`, 'utf8'))[1];
// What holds for every child.
function bare(p) {
  is(p.uid > 0, true, `${p.role}: uid ${p.uid}`);
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) is(status(p, set), '0000000000000000', `${p.role} ${set}`);
  is(status(p, 'Seccomp'), '2', p.role);
  is(status(p, 'NoNewPrivs'), '1', p.role);
  is(status(p, 'Groups'), '', p.role);
  is(status(p, 'Umask'), '0077', p.role);
  const env = readFileSync(`/proc/${p.pid}/environ`, 'latin1').split('\0').filter((v) => v && !/^(KONTOR_NOW|ASAN_OPTIONS)=/.test(v));
  is(env.join(' '), '', p.role);
}

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
      bare(p);
      is(status(p, 'Threads'), '1', p.role);
    }
    const owners = children.map((p) => `${p.uid} ${p.role}${p.workspace ?? ''}`);
    is(new Set([...new Set(owners)].map((o) => o.split(' ')[0])).size, new Set(owners).size, `a user id for each role and workspace: ${owners}`);
    for (const p of all) is(/Max core file size\s+0\s+0\s/.test(readFileSync(`/proc/${p.pid}/limits`, 'utf8')), true, `${p.role}: core`);
    is(parseInt(status(all[0], 'CapEff'), 16), 0xe1, 'master: CHOWN, KILL, SETGID, SETUID and no more');
  });
  await passing();
}

// Those that come and go: stopped as soon as their walls stand, looked at, and let go on.
async function passing() {
  const s = await Server.start({ conf: `${escrowLine()}backup_target3 = sftp://sicherung@127.0.0.1:9/kontor\nbackup_hostkey3 = SHA256:${'A'.repeat(43)}\nbackup_sftp_key = /nirgends/key\n` });
  const dir = join(s.dir, 'k');
  const store = ['lock', 'data.db', 'data.db-wal', 'data.db-shm'];
  // Besides null, the log, the channel to master and the event loop.
  const archives = ['backup/1', 'copies/1/1', 'copies/2/1'].flatMap((f) => [`DIR/${f}/ID.kontor`, `DIR/${f}/ID.kontor.part`]);
  const loaded = ['', '-wal', '-shm', '-journal'].flatMap((x) => [`DIR/state/1/loaded.db${x}`, `DIR/state/1/restore.db${x}`]);
  const lists = {
    backup: ['seqpacket', ...archives, ...store.map((f) => `DIR/workspaces/1/${f}`)],
    drill: ['seqpacket', 'DIR/state/1', ...archives, ...loaded], // its own folder while it sweeps that
    restore: ['seqpacket', 'DIR/state/1', ...archives, ...loaded, ...store.map((f) => `DIR/workspaces/1/${f}`)],
    egress: ['eventfd', 'stream', ...archives], // stream: with which curl wakes itself
  };
  // One of a role, in workspace 1, whose walls stand: the scheduler has others of its own. Only children are looked at: it is
  // gone in a moment.
  const childrenOf = (pid) => { try { return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number); } catch { return []; } };
  const born = (role) => {
    const own = childrenOf(s.process.pid);
    return (role === 'egress' ? own.flatMap(childrenOf) : own).find((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'latin1'), [, , is_] = line.split('\0');
        return is_ === role && (role === 'egress' || /--workspace\0001\0/.test(line)) && status({ pid }, 'Seccomp') === '2';
      } catch { return false; }
    });
  };
  const caught = async (role, args) => {
    for (let i = 0; i < 30; i++) {
      try { const c = await once(role, args); if (c) return c; } catch (e) { if (e.code !== 'ENOENT' && e.code !== 'ESRCH') throw e; } // it was faster
    }
    return null;
  };
  const once = async (role, args) => {
    const under = spawn(join(build, 'kontor'), [...args, '-d', dir, '--json'], { env: s.env, stdio: 'ignore' });
    const over = new Promise((done) => under.on('close', done));
    let p;
    while (!p && under.exitCode === null) {
      p = born(role);
      if (!p) await new Promise((done) => setImmediate(done));
    }
    if (!p) { await over; return null; }
    process.kill(p, 'SIGSTOP');
    const all = processes(s.process.pid);
    const seen = { ...all.find((x) => x.pid === p), workspace: '1', got: holds({ pid: p }, sockets(all.map((x) => x.pid)), dir) };
    return { seen, all, goOn: async () => { process.kill(p, 'SIGCONT'); await over; } };
  };
  try {
    s.cli(['backup', 'run', '--workspace', '1', '--json'], { any: true });
    const id = () => s.cli(['backup', 'list', '--workspace', '1', '--json']).at(-1).id;
    for (const [role, args] of [['backup', () => ['backup', 'run', '--workspace', '1']], ['drill', () => ['backup', 'drill', '--workspace', '1']],
      ['restore', () => ['restore', 'preview', id(), '--workspace', '1']], ['egress', () => ['backup', 'verify', id(), '--workspace', '1']]]) {
      await test(`process: ${role}, while it works, holds what is on its list and no other, in the same walls`, async () => {
        await new Promise((done) => setTimeout(done, 1001 - Date.now() % 1000)); // ids are seconds
        const c = await caught(role, args());
        is(c !== null, true, 'it was met at work');
        try {
          const odd = c.seen.got.map(([n, to]) => [n, to.replace(/\d{8}T\d{6}Z/, 'ID')])
            .filter(([n, to]) => (n <= 3 ? to !== ['/dev/null', '/dev/null', 'pipe', 'seqpacket'][n] : !['eventpoll', ...lists[role]].includes(to)));
          is(odd.map(([n, to]) => `${n} ${to}`).join('; '), '', `of ${c.seen.got.map(([n, to]) => `${n} ${to}`).join(', ')}`);
          bare(c.seen);
          is(c.all.filter((x) => x.uid === c.seen.uid && !['writer', 'door'].includes(x.role)).length, 1, 'a user id of its own, or of who bore it, or its writer\'s');
        } finally {
          await c.goOn();
        }
      });
    }
    await test('process: the doors hold master\'s channel, the log and the program that they bear, and nothing of an agency', () => {
      const all = processes(s.process.pid), kinds = sockets(all.map((p) => p.pid));
      const doors = all.filter((p) => p.role === 'door');
      is(doors.length, 2, 'one works, one waits');
      for (const p of doors) {
        const got = holds(p, kinds, dir).map(([n, to]) => `${n} ${to}`);
        // Its output is what master's starter gave; 3 is master, 5 the one program that it can bear, 6 tells of a death.
        is(got.filter((x) => !/^[12] /.test(x)).join(), '0 /dev/null,3 seqpacket,4 /dev/null,5 BUILD/kontor-egress,6 signalfd');
        is(status(p, 'NoNewPrivs'), '1');
      }
    });
  } finally {
    await s.stop();
  }
}
