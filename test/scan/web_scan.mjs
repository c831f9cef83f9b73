// web_scan.mjs: nmap and wapiti against the pages: as a stranger, and as somebody who has signed in.
import { has, is, test } from '../lib/tap.mjs';

// Without those that fetch lists from the Internet. All together stay within a session's 15 minutes.
const modules = 'backup,cookieflags,crlf,csp,csrf,exec,file,htaccess,http_headers,methods,permanentxss,redirect,shellshock,sql,ssrf,blindsql,xss,xxe';
// What wapiti may find, and why that stands.
const accepted = {
  'HTTP Secure Headers GET / : X-XSS-Protection is not set': 'a filter that browsers have dropped, since it could be turned against pages; the CSP stands in its place',
};

const sentence = (list) => list.map((v) => `${v.method} ${v.path} ${v.parameter ?? ''}: ${v.info}`).join('; ');

export async function chapter(w) {
  const base = `https://localhost:${w.server.port}`;
  const cookie = await w.signIn();

  await test('nmap: ciphers of strength A, no method but those of a page, the headers are seen', async () => {
    const { text } = await w.tool('nmap', 'nmap', ['-Pn', '-p', String(w.server.port), '--script', '+ssl-enum-ciphers,+http-security-headers,+http-methods', 'localhost'], { seconds: 240 });
    has(text, 'least strength: A');
    is((text.match(/TLSv[\d.]+|SSLv\d/g) || []).filter((v, i, a) => a.indexOf(v) === i).sort().join(' '), 'TLSv1.2 TLSv1.3');
    is(/Supported Methods: (.*)/.exec(text)?.[1].trim().split(' ').filter((m) => !['GET', 'HEAD', 'POST'].includes(m)).join(' ') ?? '', '', 'further methods');
    has(text, 'max-age=63072000');
  });

  for (const [who, more] of [['a stranger', []], ['somebody signed in', ['-H', `Cookie: ${cookie()}`]]]) {
    await test(`wapiti: ${who} finds nothing`, async () => {
      const name = `wapiti-${who.replace(/ /g, '-')}`;
      const args = ['-u', `${base}/`, '--scope', 'domain', '-m', modules, '-f', 'json', '-o', `${name}.json`, '--verify-ssl', '0', '--no-bugreport', '--flush-session',
        '-x', `${base}/abmelden`, '--max-scan-time', '120', '--max-attack-time', '30', '-v', '1', ...more];
      await w.tool(name, 'wapiti', args, { seconds: 800, env: { HOME: w.out, PYTHONPATH: new URL('python', import.meta.url).pathname } });
      const report = w.json(`${name}.json`);
      const found = (group) => Object.entries(report[group]).flatMap(([kind, list]) => list.map((v) => `${kind} ${sentence([v])}`)).filter((v) => !accepted[v]).join('\n');
      is(found('vulnerabilities'), '', 'vulnerabilities');
      is(found('anomalies'), '', 'anomalies');
    });
  }
}
