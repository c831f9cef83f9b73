// world.mjs: two small agencies on one server and a signed-in person of every group, made through the
// program's own command line and pages.
import { Client, totp } from './client.mjs';

export const groups = ['administrator', 'administration', 'team_leader', 'time_recorder_2', 'time_recorder_1',
  'crm_recorder', 'external_cost_recorder'];
export const password = (login) => `Hafenkante ${login} 47 Möwen`;

export class World {
  constructor(server) {
    this.server = server;
    this.people = {};
    this.secrets = {};
    this.now = Date.now; // what the server's clock shows
  }

  async make() {
    this.server.cli(['workspace', 'add', '--slug', 'sued', '--name', 'Studio Süd', '--json']);
    this.first = this.server.cli(['workspace', 'list', '--json'])[0].slug;
    for (const g of groups) this.server.addUser(g.replace(/_/g, ''), g, password(g), this.first);
    this.server.addUser('bert', 'administrator', password('bert'), 'sued');
    for (const g of groups) this.people[g] = await this.enter(g.replace(/_/g, ''), password(g), g === 'administrator');
    this.foreign = await this.enter('bert', password('bert'), true, 'sued.localhost');
  }

  // Signs in; administrators set up their second factor, as the program demands.
  async enter(login, pw, enrol, host = 'localhost') {
    const c = new Client(this.server, host);
    await c.signIn(login, pw);
    if (enrol) this.secrets[`${login}@${host}`] = await World.enrol(c, this.now());
    return c;
  }

  // Again, with the second factor that is there.
  async again(login, pw, host = 'localhost') {
    const c = new Client(this.server, host);
    const to = await c.signIn(login, pw);
    const r = await c.submit(to, '/anmelden/code', { code: totp(this.secrets[`${login}@${host}`], this.now()) });
    if (r.status !== 303) throw new Error(`code refused: ${r.status}`);
    return c;
  }

  // What matters asks for a proof of the last five minutes (AUTH-18): a long run renews it.
  async prove() {
    const prove = async (c, login) => {
      const r = await c.submit('/konto/nachweis', '/konto/nachweis', { password: password(login) });
      if (r.status !== 303) throw new Error(`proof of ${login}: ${r.status}`);
    };
    await prove(this.people.administrator, 'administrator');
    await prove(this.people.administration, 'administration');
    await prove(this.foreign, 'bert');
  }

  static async enrol(c, now = Date.now()) {
    const begun = await c.submit('/konto/zwei-faktor', '/konto/zwei-faktor', {});
    if (begun.status !== 303) throw new Error(`no device: ${begun.status} ${begun.text.replace(/<[^>]*>/g, ' ').slice(0, 400)}`);
    const at = begun.headers.location.split('?')[0];
    const page = await c.get(at);
    const secret = /((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})/.exec(page.text)?.[1];
    if (!secret) throw new Error('no secret on the page');
    const r = await c.submit(at, at, { code: totp(secret, now) });
    if (r.status !== 303) throw new Error(`code refused: ${r.status}`);
    return secret;
  }
}
