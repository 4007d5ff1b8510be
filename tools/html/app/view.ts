// The script of that page, as it runs in a browser. It makes elements by name and gives them texts, so no text can become
// an element; it listens to its host alone, asks it for nothing, and has no button.
import { VERSION } from '../../version.ts';
import { LONG_NAME, MOST_IN_LINE } from '../page.ts';
import { REVIEW_KEY } from '../review.ts';

export const VIEW = `'use strict';
(() => {
  const host = window.parent;
  const send = (message) => host.postMessage({ jsonrpc: '2.0', ...message }, '*');

  const element = (name, kind, ...inside) => {
    const made = document.createElement(name);
    if (kind !== '') made.className = kind;
    made.append(...inside.flat().filter((each) => each !== null).map((each) => (each instanceof Node ? each : String(each))));
    return made;
  };
  const listOf = (value) => (Array.isArray(value) ? value : []);

  const named = (names, said) => names.flatMap((name, i) => [i === 0 ? '' : ', ', element('span', 'name', name)]).concat(names.length > 0 ? ' ' : '', said);
  const line = ({ subjects, text, risky }) => {
    const names = listOf(subjects);
    const said = element(risky === true ? 'strong' : 'span', '', text);
    if (names.length <= ${MOST_IN_LINE}) return element('li', '', named(names, said));
    const isLong = names.some((name) => String(name).length > ${LONG_NAME});
    return element('li', '', said, element('ul', isLong ? 'names long' : 'names', names.map((name) => element('li', '', name))));
  };
  const TONES = ['danger', 'gain', 'loss', 'note', 'plain', 'aside'];
  const block = ({ tone, title, why, lines }) =>
    element('section', TONES.includes(tone) ? tone : 'plain', element('h2', '', title), why ? element('p', 'why', why) : null, element('ul', 'lines', listOf(lines).map(line)));
  const review = ({ title, summary, facts, blocks, end }, said) => [
    element('h1', '', element('span', '', title), ' ', summary),
    element('p', '', said),
    element('dl', '', listOf(facts).flatMap(({ label, value }) => [element('dt', '', label), element('dd', '', element('code', '', value))])),
    ...listOf(blocks).map(block),
    end ? element('p', 'end', end) : null,
  ];
  const plain = ({ content }) => element('pre', '', listOf(content).map(({ text }) => text ?? '').join('\\n'));

  const show = (result) => {
    const shown = result._meta?.['${REVIEW_KEY}'];
    const said = result.structuredContent?.summary ?? '';
    document.querySelector('main').replaceChildren(...(shown ? review(shown, said) : [plain(result)]).filter((each) => each !== null));
  };
  const take = (context) => {
    if (['light', 'dark'].includes(context?.theme)) document.documentElement.dataset.theme = context.theme;
  };

  addEventListener('message', ({ source, data }) => {
    if (source !== host || data === null || typeof data !== 'object' || data.jsonrpc !== '2.0') return;
    const { id, method, params, result } = data;
    if (method === undefined) {
      if (id !== 1 || !result) return;
      take(result.hostContext);
      send({ method: 'ui/notifications/initialized' });
    } else if (id !== undefined) {
      const isKnown = method === 'ping' || method === 'ui/resource-teardown';
      send(isKnown ? { id, result: {} } : { id, error: { code: -32601, message: 'Method not found' } });
    } else if (method === 'ui/notifications/tool-result' && params) show(params);
    else if (method === 'ui/notifications/host-context-changed') take(params);
  });

  new ResizeObserver(() => {
    const { width, height } = document.documentElement.getBoundingClientRect();
    send({ method: 'ui/notifications/size-changed', params: { width: Math.ceil(width), height: Math.ceil(height) } });
  }).observe(document.documentElement);
  send({ id: 1, method: 'ui/initialize', params: { appInfo: { name: 'wassette-state', version: '${VERSION}' }, appCapabilities: {}, protocolVersion: '2026-01-26' } });
})();
`;
