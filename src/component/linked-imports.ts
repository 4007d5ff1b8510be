// Which imports Wassette links. A component with any other import does not load.
import type { Item, Items } from './decoder/type.ts';

/**
 * The functions and resources of WASI 0.2 that Wassette links, by interface. Each was tried with the real Wassette, which
 * links them under any 0.2.x; those of unstable features are not linked. A resource is followed by its methods; `+` is
 * its constructor, and `*` marks a static function.
 */
const INTERFACES: Readonly<Record<string, string>> = {
  'cli/environment': 'get-environment get-arguments initial-cwd',
  'cli/exit': 'exit',
  'cli/stdin': 'get-stdin',
  'cli/stdout': 'get-stdout',
  'cli/stderr': 'get-stderr',
  'cli/terminal-input': 'terminal-input()',
  'cli/terminal-output': 'terminal-output()',
  'cli/terminal-stdin': 'get-terminal-stdin',
  'cli/terminal-stdout': 'get-terminal-stdout',
  'cli/terminal-stderr': 'get-terminal-stderr',
  'clocks/monotonic-clock': 'now resolution subscribe-instant subscribe-duration',
  'clocks/wall-clock': 'now resolution',
  'filesystem/preopens': 'get-directories',
  'filesystem/types': `filesystem-error-code
    descriptor(read-via-stream write-via-stream append-via-stream advise sync-data get-flags get-type set-size set-times
      read write read-directory sync create-directory-at stat stat-at set-times-at link-at open-at readlink-at
      remove-directory-at rename-at symlink-at unlink-file-at is-same-object metadata-hash metadata-hash-at)
    directory-entry-stream(read-directory-entry)`,
  'http/outgoing-handler': 'handle',
  'http/types': `http-error-code
    fields(+ *from-list get has set delete append entries clone)
    incoming-request(method path-with-query scheme authority headers consume)
    outgoing-request(+ body method set-method path-with-query set-path-with-query scheme set-scheme authority
      set-authority headers)
    request-options(+ connect-timeout set-connect-timeout first-byte-timeout set-first-byte-timeout
      between-bytes-timeout set-between-bytes-timeout)
    response-outparam(*set)
    incoming-response(status headers consume)
    incoming-body(stream *finish)
    future-trailers(subscribe get)
    outgoing-response(+ status-code set-status-code headers body)
    outgoing-body(write *finish)
    future-incoming-response(subscribe get)`,
  'io/error': 'error(to-debug-string)',
  'io/poll': 'poll pollable(ready block)',
  'io/streams': `input-stream(read blocking-read skip blocking-skip subscribe)
    output-stream(check-write write blocking-write-and-flush flush blocking-flush subscribe write-zeroes
      blocking-write-zeroes-and-flush splice blocking-splice)`,
  'random/insecure': 'get-insecure-random-bytes get-insecure-random-u64',
  'random/insecure-seed': 'insecure-seed',
  'random/random': 'get-random-bytes get-random-u64',
  'sockets/instance-network': 'instance-network',
  'sockets/ip-name-lookup': 'resolve-addresses resolve-address-stream(resolve-next-address subscribe)',
  'sockets/network': 'network()',
  'sockets/tcp': `tcp-socket(start-bind finish-bind start-connect finish-connect start-listen finish-listen accept
      local-address remote-address is-listening address-family set-listen-backlog-size keep-alive-enabled
      set-keep-alive-enabled keep-alive-idle-time set-keep-alive-idle-time keep-alive-interval set-keep-alive-interval
      keep-alive-count set-keep-alive-count hop-limit set-hop-limit receive-buffer-size set-receive-buffer-size
      send-buffer-size set-send-buffer-size subscribe shutdown)`,
  'sockets/tcp-create-socket': 'create-tcp-socket',
  'sockets/udp': `udp-socket(start-bind finish-bind stream local-address remote-address address-family
      unicast-hop-limit set-unicast-hop-limit receive-buffer-size set-receive-buffer-size send-buffer-size
      set-send-buffer-size subscribe)
    incoming-datagram-stream(receive subscribe)
    outgoing-datagram-stream(check-send send subscribe)`,
  'sockets/udp-create-socket': 'create-udp-socket',
};

/**
 * Names as they stand in a component, such as `[method]error.to-debug-string`, by interface, such as `io/error`.
 * @internal exported to be compared with the real Wassette
 */
export const WASI_NAMES: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(INTERFACES).map(([name, text]) => [name, new Set(namesIn(text))]),
);

function namesIn(text: string): string[] {
  return [...text.matchAll(/([a-z][a-z0-9-]*)(\(([^)]*)\))?/g)].flatMap(([, name, members, inside]) => [
    name!,
    ...(members === undefined ? [] : inside!.split(/\s+/).filter(Boolean)).map((member) =>
      memberOf(name!, member),
    ),
  ]);
}

function memberOf(resource: string, member: string): string {
  if (member === '+') return `[constructor]${resource}`;
  return member.startsWith('*') ? `[static]${resource}.${member.slice(1)}` : `[method]${resource}.${member}`;
}

const WASI = /^wasi:([a-z]+\/[a-z-]+)@0\.2\.(?:0|[1-9]\d*)(?:\+[0-9A-Za-z.-]+)?$/;
const CONFIG = 'wasi:config/store@0.2.0-rc.1';
const CONFIG_NAMES: ReadonlySet<string> = new Set(['get', 'get-all']);

/** Names of the imports that Wassette cannot link; with any of them the component does not load. */
export function unlinkedImports(imports: Items): string[] {
  return [...imports].filter(([name, item]) => !isLinked(name, item)).map(([name]) => name);
}

function isLinked(name: string, item: Item): boolean {
  if (item.sort !== 'instance') return needsNothing(item);
  const offered = name === CONFIG ? CONFIG_NAMES : WASI_NAMES.get(WASI.exec(name)?.[1] ?? '');
  return [...item.exports].every(
    ([wanted, inner]) => needsNothing(inner) || (inner.sort !== 'instance' && offered?.has(wanted)),
  );
}

/** Whether nothing has to be linked: for types, and instances that hold only such items, whatever their names. */
function needsNothing(item: Item): boolean {
  // Each once: what is shared could stand for an exponential number.
  const items = new Set([item]);
  for (const one of items) {
    if (one.sort === 'instance') for (const inner of one.exports.values()) items.add(inner);
    else if (one.sort !== 'type' || one.isNewResource) return false;
  }
  return true;
}
