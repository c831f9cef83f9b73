// sql_scan.mjs: sqlmap against what the searches and lists take from their addresses, as somebody who has signed in.
import { has, test } from '../lib/tap.mjs';

export async function chapter(w) {
  const cookie = await w.signIn();
  // The deepest level takes minutes for each parameter.
  const paths = [['/suche?q=a', '--level=5', '--risk=3'], ['/kontakte?q=a&status=1&tag=b', '--level=2', '--risk=2'], ['/projekte?q=a&status=1', '--level=2', '--risk=2']];
  for (const [path, ...depth] of paths) {
    await test(`sqlmap: nothing of ${path} gets into a statement`, async () => {
      const { text } = await w.tool(`sqlmap${path.replace(/\W+/g, '-')}`, 'sqlmap', ['-u', `https://localhost:${w.server.port}${path}`, `--cookie=${cookie()}`, '--batch', '--disable-coloring',
        '--flush-session', ...depth, '--technique=BEUS', '--timeout=10', '--retries=1', '--skip=Cookie,User-Agent,Referer,Host', '--ignore-code=401', `--output-dir=${w.out}/sqlmap`],
      { seconds: 900, env: { HOME: w.out } });
      has(text, 'all tested parameters do not appear to be injectable');
    });
  }
}
