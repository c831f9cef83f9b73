/* passkey.js: hands a page's question to the browser's authenticator and sends what it answers with the
   page's own form. Nothing is decided here and nothing is kept; without this file, or in a browser that knows no
   passkeys, the page says so and shows the other way.
   [data-passkey] "create" or "get"; data-without is shown until it is known to work, data-with from then on. */
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer ?? [])))
  .replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
const keys = (box) => box.dataset.ids.split(' ').filter(Boolean).map((id) => ({ type: 'public-key', id: bytes(id) }));

/* A question is good for five minutes and one answer; a page that stands longer fetches itself again. */
const GOOD = 4 * 60 * 1000;
const fresh = (box) => new Promise((done, fail) => {
  const rq = new XMLHttpRequest();
  rq.responseType = 'document';
  rq.open('GET', box.dataset.again || location.href);
  rq.onerror = fail;
  rq.onload = () => {
    const form = rq.response?.querySelector(`form[action="${CSS.escape(new URL(box.closest('form').action).pathname)}"]`);
    const other = form?.querySelector('[data-passkey]');
    if (!other) { fail(new Error('no question')); return; }
    box.dataset.challenge = other.dataset.challenge;
    for (const name of ['asked', 'csrf', 'once']) {
      const from = form.elements[name], to = box.closest('form').elements[name];
      if (from && to) to.value = from.value;
    }
    done();
  };
  rq.send();
});

const create = async (box) => {
  const { challenge, host, handle, login, person, resident } = box.dataset;
  const { response } = await navigator.credentials.create({ publicKey: {
    challenge: bytes(challenge),
    rp: { id: host, name: 'Kontor' },
    user: { id: bytes(handle), name: login, displayName: person },
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }, { type: 'public-key', alg: -8 }],
    excludeCredentials: keys(box),
    authenticatorSelection: { residentKey: resident, userVerification: 'preferred' },
    attestation: 'none',
    timeout: 300000,
  } });
  return { client: response.clientDataJSON, auth: response.getAuthenticatorData() };
};

const get = async (box) => {
  const { challenge, host, verify } = box.dataset;
  const { rawId, response } = await navigator.credentials.get({ publicKey: {
    challenge: bytes(challenge), rpId: host, allowCredentials: keys(box), userVerification: verify, timeout: 300000,
  } });
  return {
    credential: rawId, client: response.clientDataJSON, auth: response.authenticatorData,
    signature: response.signature, handle: response.userHandle,
  };
};

const wire = (box) => {
  const form = box.closest('form');
  const button = form.querySelector('[data-with]');
  const stopped = box.querySelector('[data-stopped]');
  let asked = performance.now();
  let answered = false;
  form.addEventListener('submit', async (e) => {
    if (answered || (e.submitter && e.submitter !== button)) return; /* the form's other way */
    e.preventDefault();
    button.disabled = true;
    stopped.hidden = true;
    try {
      if (performance.now() - asked > GOOD) {
        await fresh(box);
        asked = performance.now();
      }
      const answer = await (box.dataset.passkey === 'create' ? create(box) : get(box));
      for (const [name, value] of Object.entries(answer)) form.elements[name].value = text(value);
      answered = true;
      button.disabled = false;
      form.requestSubmit(button);
    } catch { /* broken off, timed out, or no such passkey in this device: the browser has said which */
      button.disabled = false;
      stopped.hidden = false;
      button.focus();
    }
  });
  box.querySelector('[data-without]')?.setAttribute('hidden', '');
  button.hidden = false;
};

if (globalThis.AuthenticatorAttestationResponse?.prototype.getAuthenticatorData) {
  for (const box of document.querySelectorAll('[data-passkey]')) wire(box);
}
/* Back from another page the old question is spent: ask anew. */
addEventListener('pageshow', (e) => { if (e.persisted) location.reload(); });
