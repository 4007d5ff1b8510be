// Which names an export may have: a label, an interface of a package, or a function of a resource that is named here, too.
import { NotUnderstood } from './byte-reader.ts';
import { type FunctionType, type Item, type Items, isLabel, type ValueType } from './type.ts';

const PACKAGE = /^[a-z][a-z0-9-]*:[a-z][a-z0-9-]*$/;
const VERSION = /^[0-9][0-9A-Za-z.+-]*$/;
const OF_RESOURCE = /^\[(?<kind>constructor|method|static)\](?<resource>[^.]+)(?:\.(?<member>[^.]+))?$/;

function isInterface(name: string): boolean {
  const slash = name.indexOf('/');
  const [label = '', version] = name.slice(slash + 1).split('@');
  const isNamed = slash > 0 && PACKAGE.test(name.slice(0, slash)) && isLabel(label);
  return isNamed && (version === undefined || VERSION.test(version));
}

/**
 * @param known other items that have names here
 * @throws NotUnderstood where Wassette would refuse a name
 */
export function checkExportNames(exports: Items, known: Items): void {
  const names = [...exports.keys()].map((name) => name.toLowerCase());
  if (new Set(names).size < names.length) throw new NotUnderstood();
  for (const [name, item] of exports) {
    if (isLabel(name) || (item.sort !== 'type' && isInterface(name))) continue;
    const { kind, resource = '', member } = OF_RESOURCE.exec(name)?.groups ?? {};
    if (item.sort !== 'function' || kind === undefined) throw new NotUnderstood();
    if (!isResource(exports.get(resource)) && !isResource(known.get(resource))) throw new NotUnderstood();
    const isMember = kind === 'constructor' ? member === undefined : member !== undefined && isLabel(member);
    if (!isMember || !fits(kind, item.type)) throw new NotUnderstood();
  }
}

function isResource(item: Item | undefined): boolean {
  return item?.sort === 'type' && item.type.sort === 'resource';
}

function fits(kind: string, { params, result }: FunctionType): boolean {
  if (kind === 'static') return true;
  if (kind === 'constructor')
    return isHandle(result, false) || (result?.kind === 'result' && isHandle(result.ok, false));
  return params[0]?.name === 'self' && isHandle(params[0].type, true);
}

function isHandle(type: ValueType | null, isBorrowed: boolean): boolean {
  return type?.kind === 'handle' && type.isBorrowed === isBorrowed;
}
