// slow_scan.mjs: slowhttptest with 1,000 slow connections; the service stays available in every block of
// its report, and the server has closed all of them at the end.
import { Client } from '../lib/client.mjs';
import { has, is, test } from '../lib/tap.mjs';

export async function chapter(w) {
  const url = `https://localhost:${w.server.port}`;
  const css = /href="(\/a\/kontor-[^"]+\.css)"/.exec((await new Client(w.server).get('/anmelden')).text)[1];
  const kinds = {
    'slow heads': ['-H', '-i', '10', '-x', '24', '-t', 'GET', '-u', `${url}/anmelden`],
    'slow bodies': ['-B', '-i', '10', '-s', '8192', '-x', '10', '-t', 'POST', '-u', `${url}/anmelden`],
    'slow readers': ['-X', '-w', '10', '-y', '20', '-n', '1', '-z', '512', '-k', '3', '-t', 'GET', '-u', url + css],
  };
  for (const [name, args] of Object.entries(kinds)) {
    await test(`slowhttptest: 1,000 ${name}`, async () => {
      const { text } = await w.tool(`slow-${args[0].slice(1)}`, 'slowhttptest', ['-c', '1000', '-r', '200', '-p', '3', '-l', '150', ...args], { seconds: 240 });
      const said = text.match(/service available:\s+(YES|NO)/g) || [];
      is(said.length >= 2, true, `blocks in ${text.slice(-800)}`);
      is(said.filter((l) => /NO/.test(l)).length, 0, 'unavailable');
      has(text, 'Exit status: No open connections left');
    });
  }
}
