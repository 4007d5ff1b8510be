// The id under which Wassette 0.3 to 0.8 installs what it loads from a URI: the name of the file at the end of it.

/** The schemes that load; `http:` is accepted in a manifest but refused by the loader. */
const SCHEME = /^(file|oci|https):\/\//;
const NOT_A_NAME = /[^\x21-\x7e]/;

type OriginId = { id: string } | { problem: string };

/** The id, or why Wassette loads nothing from `uri`. Whether we allow the id is decided elsewhere (F-3.2). */
export function idOfOrigin(uri: string): OriginId {
  const scheme = SCHEME.exec(uri)?.[1];
  if (scheme === undefined) return { problem: 'the uri does not start with file://, oci:// or https://' };
  const rest = uri.slice(`${scheme}://`.length);
  if (scheme === 'file') return idOfFile(rest);
  if (NOT_A_NAME.test(rest)) return { problem: 'the uri has a character that must be percent-encoded' };
  return scheme === 'oci' ? idOfImage(rest) : idOfUrl(rest);
}

/** The path is taken as it is: nothing in it is percent-decoded. */
function idOfFile(path: string): OriginId {
  if (!path.startsWith('/'))
    return { problem: 'a file uri has no absolute path, as in file:///srv/tool.wasm' };
  const stem = /([^/]+)\.wasm$/.exec(path)?.[1];
  return stem === undefined ? { problem: 'a file uri does not end in .wasm' } : { id: stem };
}

/** The repository without registry, tag and digest; a first part without a dot or port is not a registry. */
function idOfImage(reference: string): OriginId {
  const [named = ''] = reference.split('@');
  const parts = named.replace(/:[^/:]*$/, '').split('/');
  const isRegistry = parts.length > 1 && /[.:]|^localhost$/.test(parts[0]!);
  const repository = isRegistry ? parts.slice(1) : parts.length > 1 ? parts : ['library', ...parts];
  if (repository.some((part) => part === '')) return { problem: 'an oci uri names no repository' };
  return { id: repository.join('_') };
}

/** The last part of the path, without a query. */
function idOfUrl(rest: string): OriginId {
  const [path = ''] = rest.split(/[?#]/);
  const segment = path.includes('/') ? path.slice(path.lastIndexOf('/') + 1) : '';
  const id = segment.replace(/\.wasm$/, '');
  return id === '' ? { problem: 'an https uri ends in no file name' } : { id };
}
