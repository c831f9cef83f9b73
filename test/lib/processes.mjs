// processes.mjs: the processes of an installation, as the kernel names them.
import * as fs from 'node:fs';

// The numbers of those of a role that work in a folder.
export const processesOf = (role, folder) => fs.readdirSync('/proc').filter((p) => /^\d+$/.test(p)).filter((p) => {
  try {
    const w = fs.readFileSync(`/proc/${p}/cmdline`, 'utf8').split('\0');
    return w[1] === '--role' && w[2] === role && w.includes(folder);
  } catch { return false; }
});
