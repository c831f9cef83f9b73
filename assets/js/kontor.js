/* kontor.js: small improvements; every page works without this file.
   Promises: no eval, no markup from data, no request to others, no dependency. Sentences come from the
   page (data-…), never from here. */
(() => {
  'use strict';
  const $ = (s, r = document) => r.querySelector(s);
  const $$ = (s, r = document) => [...r.querySelectorAll(s)];
  const on = (type, sel, fn) => document.addEventListener(type, (e) => {
    const el = e.target.closest?.(sel);
    if (el) fn(e, el);
  });
  const root = document.documentElement;
  const say = (text) => {
    const live = $('#live');
    if (!live || !text) return;
    live.textContent = '';
    requestAnimationFrame(() => { live.textContent = text; });
  };
  const store = (body, url, fragment) => fetch(url, {
    method: 'POST', body, credentials: 'same-origin', headers: { 'X-Kontor-Fragment': fragment },
  });

  /* Light or dark: the form stores it; here it only shows at once. */
  on('submit', 'form.theme', (e, f) => {
    const wide = matchMedia('(prefers-color-scheme: dark)').matches;
    const dark = root.dataset.theme === 'dark' || (root.dataset.theme !== 'light' && wide);
    const b = $('button', f);
    e.preventDefault();
    b.value = dark ? 'light' : 'dark';
    root.dataset.theme = b.value;
    const body = new URLSearchParams(new FormData(f));
    body.set(b.name, b.value);
    store(body, f.action, 'theme').catch(() => {});
    say(dark ? b.dataset.light : b.dataset.dark);
  });

  /* Running timers: data-elapsed is seconds at delivery; counted on with the monotonic clock. */
  const started = new WeakMap();
  const two = (n) => String(Math.floor(n)).padStart(2, '0');
  const tick = () => {
    for (const el of $$('[data-elapsed]')) {
      if (!started.has(el)) started.set(el, performance.now() - el.dataset.elapsed * 1000);
      const s = Math.floor((performance.now() - started.get(el)) / 1000);
      el.textContent = `${Math.floor(s / 3600)}:${two((s / 60) % 60)}:${two(s % 60)}`;
    }
  };
  if (!root.hasAttribute('data-still')) setInterval(tick, 1000);
  document.addEventListener('visibilitychange', tick);
  tick();

  /* Durations as the server reads them: 1:30 · 1,5 · 1.5 · 90m · 1h30 · 9-10:30. NaN: it will say why. */
  const minutes = (text) => {
    const v = text.trim().toLowerCase().replace(/\s+/g, '');
    const clock = (x) => {
      const p = x.match(/^(\d{1,2})(?::?(\d{2}))?$/);
      return p ? p[1] * 60 + +(p[2] || 0) : NaN;
    };
    let m;
    if ((m = v.match(/^(\d{1,2}(?::?\d{2})?)[-–](\d{1,2}(?::?\d{2})?)$/))) {
      const d = clock(m[2]) - clock(m[1]);
      return d < 0 ? d + 1440 : d;
    }
    if ((m = v.match(/^(\d+):([0-5]\d)$/))) return m[1] * 60 + +m[2];
    if ((m = v.match(/^(\d+)m(?:in)?$/))) return +m[1];
    if ((m = v.match(/^(\d+)h(?:(\d+)m?)?$/))) return m[1] * 60 + +(m[2] || 0);
    if ((m = v.match(/^(\d*)(?:[.,](\d+))?h?$/)) && (m[1] || m[2])) {
      return Math.round(Number(`${m[1] || 0}.${m[2] || 0}`) * 60);
    }
    return NaN;
  };
  const fmt = (m) => `${Math.floor(m / 60)}:${two(m % 60)}`;
  const sums = (el) => {
    const table = el.closest('table[data-weekgrid]');
    if (!table) return;
    const columns = [];
    let all = 0;
    for (const row of table.tBodies[0].rows) {
      let sum = 0;
      $$('[data-duration]', row).forEach((input, i) => {
        const m = minutes(input.value) || 0;
        sum += m;
        columns[i] = (columns[i] || 0) + m;
      });
      const out = $('[data-rowsum]', row);
      if (out) out.textContent = sum ? fmt(sum) : '–';
      all += sum;
    }
    $$('[data-colsum]', table).forEach((o, i) => { o.textContent = columns[i] ? fmt(columns[i]) : '–'; });
    const out = $('[data-allsum]', table);
    if (out) out.textContent = fmt(all);
  };
  on('change', '[data-duration]', (e, el) => {
    const m = minutes(el.value);
    if (m >= 0 && m <= 1440 && !/[-–]/.test(el.value)) el.value = fmt(m);
    sums(el);
  });

  /* Menus close by Escape and by a click beside them. */
  document.addEventListener('click', (e) => {
    for (const d of $$('details.menu[open]')) if (!d.contains(e.target)) d.open = false;
  });
  document.addEventListener('keydown', (e) => {
    const d = e.key === 'Escape' && $('details.menu[open]');
    if (d) { d.open = false; $('summary', d).focus(); }
  });

  /* Dialogs in browsers without command/commandfor. */
  if (!('commandForElement' in HTMLButtonElement.prototype)) {
    on('click', 'button[commandfor]', (e, b) => {
      const d = document.getElementById(b.getAttribute('commandfor'));
      if (b.getAttribute('command') === 'show-modal') d?.showModal(); else d?.close();
    });
  }

  /* <form data-frag="list other"> fetches the page and swaps only these elements. Whatever goes wrong,
     the browser sends the form in the ordinary way. The one policy for markup: our own pages. */
  const policy = window.trustedTypes?.createPolicy('kontor', { createHTML: (s) => s });
  const parse = (text) => new DOMParser().parseFromString(policy ? policy.createHTML(text) : text, 'text/html');
  const swap = (ids, page) => {
    const fresh = ids.map((id) => page.getElementById(id));
    if (fresh.includes(null)) throw new Error('no fragment');
    ids.forEach((id, i) => document.getElementById(id)?.replaceWith(document.adoptNode(fresh[i])));
    return fresh;
  };
  const plainly = (f, by) => {
    if (by?.name) {
      const h = document.createElement('input');
      Object.assign(h, { type: 'hidden', name: by.name, value: by.value });
      f.append(h);
    }
    f.submit();
  };
  on('submit', 'form[data-frag]', async (e, f) => {
    const by = e.submitter, get = f.method === 'get';
    const body = new URLSearchParams(new FormData(f, by));
    const url = get ? `${f.action.split('?')[0]}?${body}` : f.action;
    e.preventDefault();
    try {
      const r = get ? await fetch(url, { credentials: 'same-origin' }) : await store(body, url, f.dataset.frag);
      if (!r.ok) throw new Error('refused');
      if (!get && new URL(r.url).pathname !== location.pathname) { location.assign(r.url); return; }
      const page = parse(await r.text());
      const once = $('input[name=once]', page)?.value;
      const said = $('#meldung', page)?.textContent.trim();
      const [first] = swap(f.dataset.frag.split(' '), page);
      if (said) swap(['meldung'], page);
      if (once) for (const o of $$('input[name=once]')) o.value = once;
      if (get) history.replaceState(null, '', url);
      ($('[autofocus]', first) || $('[data-focus]', first) || first).focus?.();
      say(said || first.dataset.say);
    } catch { plainly(f, by); }
  });
  on('change', 'form[data-auto] select, form[data-auto] input[type=checkbox], form[data-auto] input[type=date]', (e, el) => el.form.requestSubmit());

  /* What was typed and not sent yet is not lost by a slip: the browser asks before it leaves. */
  let unsent = null;
  on('input', 'main form[method=post]', (e, f) => { unsent = f; });
  document.addEventListener('submit', (e) => { if (e.target === unsent) unsent = null; });
  addEventListener('beforeunload', (e) => {
    const typed = (i) => (/^(checkbox|radio)$/.test(i.type) ? i.checked !== i.defaultChecked
      : i.type !== 'hidden' && 'defaultValue' in i && i.value !== i.defaultValue);
    if (unsent?.isConnected && [...unsent.elements].some(typed)) e.preventDefault();
  });

  $('.tabs a[aria-current]')?.scrollIntoView({ inline: 'center', block: 'nearest' });

  on('click', '[data-copy]', async (e, b) => {
    try {
      await navigator.clipboard.writeText($(b.dataset.copy).textContent.trim());
      say(b.dataset.done);
      if (b.dataset.done) b.lastChild.textContent = b.dataset.done;
    } catch { /* the text can still be marked */ }
  });
  on('change', '[data-reveal]', (e, el) => {
    for (const i of $$(el.dataset.reveal)) i.type = el.checked ? 'text' : 'password';
  });
  on('click', '[data-print]', () => print());
  for (const el of $$('[data-js]')) el.hidden = false;

  /* Keys; <html data-keys="off"> switches them off (WCAG 2.1.4). */
  let g = -9999;
  document.addEventListener('keydown', (e) => {
    if (root.dataset.keys === 'off' || e.ctrlKey || e.metaKey || e.altKey || $('dialog[open]')) return;
    if (/^(input|select|textarea)$/i.test(e.target.tagName)) return;
    const key = e.key.toLowerCase();
    if (key === '/') { const q = $('.search input'); if (q) { e.preventDefault(); q.focus(); } }
    else if (key === '?') { const d = $('#keys'); if (d) { e.preventDefault(); d.showModal(); } }
    else if (performance.now() - g < 1200) { g = -9999; $(`.nav a[data-go="${CSS.escape(key)}"]`)?.click(); }
    else if (key === 'g') g = performance.now();
    else if (key === 'n') {
      const f = $('form.quick .select, main [autofocus]:not(.error-summary)');
      if (f) { e.preventDefault(); f.focus(); } else {
        ($('.page-head .actions a.primary') || $('header .menu-list a[href="/zeiten"]'))?.click();
      }
    }
  });
})();
