// memory.mjs: the processes of a server, and everything that one of them could give away to who looks into it: its memory as a
// debugger would see it, and the memory files that it holds open. Needs root.
import { closeSync, openSync, readFileSync, readSync, readdirSync, readlinkSync } from 'node:fs';

const stat = (pid) => { const s = readFileSync(`/proc/${pid}/stat`, 'utf8'); return s.slice(s.lastIndexOf(')') + 2).split(' '); };

// [{pid, role, uid}] of all that descend from pid (master itself is role "master").
export function processes(master) {
  const all = readdirSync('/proc').filter((d) => /^\d+$/.test(d)).flatMap((d) => {
    try {
      const words = readFileSync(`/proc/${d}/cmdline`, 'latin1').split('\0');
      const role = words[words.indexOf('--role') + 1];
      const uid = +/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${d}/status`, 'utf8'))[1];
      return [{ pid: +d, parent: +stat(d)[1], role: words.includes('--role') ? role : 'door', uid }];
    } catch { return []; } // it has just ended
  });
  const family = [{ pid: master, role: 'master', uid: process.getuid() }];
  for (const p of family) family.push(...all.filter((q) => q.parent === p.pid));
  return family;
}

// A mapping of more than a gigabyte is the shadow of the address sanitizer: terabytes that say which bytes may be used,
// never what is in them.
export function memory(pid) {
  const parts = [];
  const fd = openSync(`/proc/${pid}/mem`, 'r');
  for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
    const m = /^([0-9a-f]+)-([0-9a-f]+) r\S+ \S+ \S+ \S+\s*(.*)$/.exec(line);
    if (!m || /^\[v(var|syscall|dso)/.test(m[3])) continue;
    const from = parseInt(m[1], 16), n = parseInt(m[2], 16) - from;
    if (n > 2 ** 30) continue;
    const part = Buffer.alloc(n);
    try { readSync(fd, part, 0, n, from); parts.push(part); } catch { /* a guard page */ }
  }
  closeSync(fd);
  for (const name of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const path = `/proc/${pid}/fd/${name}`;
      if (readlinkSync(path).startsWith('/memfd:')) parts.push(readFileSync(path));
    } catch { /* closed meanwhile */ }
  }
  return Buffer.concat(parts);
}

// Which of these texts stand in the bytes, also as UTF-16 or upside down in case.
export function found(bytes, list) {
  const text = bytes.toString('latin1').toLowerCase();
  return list.filter((m) => text.includes(m.toLowerCase()) || bytes.includes(Buffer.from(m, 'utf16le')));
}
