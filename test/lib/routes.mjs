// routes.mjs: the route tables as tests use them: paths filled in, knocked at, found again by an address.
export const FOREIGN = '987654';
const values = { day: '2026-11-24', month: '2026-11', token: 'a'.repeat(43), text: 'x' };
const names = (path) => [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]);

export const hasId = (path) => names(path).some((n) => !(n in values));
// ids: {project: '17'}; what is not among them is a thing that nobody has.
export const fill = (path, ids = {}) => path.replace(/\{(\w+)\}/g, (_, n) => ids[n] ?? values[n] ?? FOREIGN);

// The agency's routes; the console has its own.
export function officeRoutes(server) {
  return server.cli(['rights', '--json'], { noDir: true }).agency.filter((r) => r.right !== 'operator' && !r.path.startsWith('/konsole'));
}

// A POST as a forger would send it: no token.
export const knock = (c, r, ids) => (r.method === 'GET' ? c.get(fill(r.path, ids)) : c.raw('POST', fill(r.path, ids), {
  body: '', headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': 0 },
}));

// The route of an address; words before placeholders, as the program has it.
export function routeOf(routes, method, address) {
  const path = address.split(/[?#]/)[0];
  const shape = (p) => new RegExp(`^${p.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '([^/]+)')}$`);
  return routes.filter((r) => r.method === method && shape(r.path).test(path))
    .sort((a, b) => names(a.path).length - names(b.path).length)[0];
}

// What stands in the places of a route's address: {project: '17'}.
export function idsOf(r, address) {
  const parts = address.split(/[?#]/)[0].split('/');
  return Object.fromEntries(r.path.split('/').flatMap((p, i) => (/^\{\w+\}$/.test(p) ? [[p.slice(1, -1), parts[i]]] : [])));
}
