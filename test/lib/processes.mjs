// processes.mjs: the processes of an installation, as the kernel names them.
import * as fs from 'node:fs';

// The numbers of those whose words are as the test says.
const processes = (test) => fs.readdirSync('/proc').filter((p) => /^\d+$/.test(p)).filter((p) => {
  try { return test(fs.readFileSync(`/proc/${p}/cmdline`, 'utf8').split('\0')); } catch { return false; }
});
// Those of a role that work in a folder.
export const processesOf = (role, folder) => processes((w) => w[1] === '--role' && w[2] === role && w.includes(folder));
// All children of master that work anywhere below it.
export const processesBelow = (dir) => processes((w) => w[1] === '--role' && w.some((x) => x === dir || x.startsWith(`${dir}/`)));
// All whose words name something below a folder.
export const processesNaming = (dir) => processes((w) => w.some((x) => x.startsWith(`${dir}/`))).map(Number);
// All that a process has started, and what these have.
export function descendants(pid) {
  let children = [];
  try { children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number); } catch { /* it has ended */ }
  return children.flatMap((p) => [p, ...descendants(p)]);
}
