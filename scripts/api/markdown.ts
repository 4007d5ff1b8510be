// The surface of the library as one page: functions, classes, constants, types.
import type { Docstring, Entry, Member, Surface } from './surface.ts';

const WIDTH = 100;

/** The text of docs/api.md. */
export function pageOf({ entries }: Surface): string {
  const page = new Page(entries);
  return `${page
    .lines()
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`;
}

class Page {
  constructor(private readonly entries: readonly Entry[]) {}

  lines(): string[] {
    const section = (title: string, kind: Entry['kind'], layOut: (entry: Entry) => string[]) => [
      `## ${title}`,
      '',
      ...this.entries.filter((entry) => entry.kind === kind).flatMap(layOut),
    ];
    return [
      '# The library',
      '',
      '<!-- Made by `npm run api` from the docstrings in src. -->',
      '',
      "Everything below is imported from `'wassette-state'`. Whatever is thrown on purpose is a",
      '[`StateError`](#stateerror) with a stable `code`; [errors.md](errors.md) has what each means. Sizes are in bytes, digests',
      'are `sha256:` and 64 hex digits, paths are relative to the working directory unless they are absolute.',
      '',
      ...this.#contents(),
      ...section('Functions', 'function', (entry) => this.#function(entry)),
      ...section('Classes', 'class', (entry) => this.#class(entry)),
      ...section('Constants', 'constant', (entry) => this.#constant(entry)),
      ...section('Types', 'type', (entry) => this.#type(entry)),
    ];
  }

  #contents(): string[] {
    const linksTo = (kind: Entry['kind']) =>
      this.entries
        .filter((entry) => entry.kind === kind)
        .map(({ name }) => linkTo(name))
        .join(', ');
    return [
      `- Functions: ${linksTo('function')}`,
      `- Classes: ${linksTo('class')}`,
      `- Constants: ${linksTo('constant')}`,
      `- Types: ${linksTo('type')}`,
      '',
    ];
  }

  #function(entry: Entry): string[] {
    const returned = /: (?:Promise<)?(\w+)(\[\])?>?$/.exec(entry.code);
    const isNamed = this.entries.some(({ name }) => name === returned?.[1]);
    return [
      ...begun(entry),
      ...fenced(inLines(entry.code)),
      ...(isNamed ? [`Returns ${returned![2] ? 'a list of ' : ''}${linkTo(returned![1]!)}.`, ''] : []),
      ...listed(entry.doc.params.map((text) => text.replace(/^(\w+)\s+/, '`$1`: '))),
      ...this.#optionsOf(entry),
      ...told(entry.doc),
    ];
  }

  /** Beside the function, but those that all have. */
  #optionsOf(entry: Entry): string[] {
    return this.entries.flatMap((type) => {
      const parameter = parameterOf(entry, type);
      if (parameter === null) return [];
      if (type.name === COMMON) return [`\`${parameter}\`: those of ${linkTo(COMMON)}.`, ''];
      return this.#table(type, [parameter, 'type', 'meaning']);
    });
  }

  #class(entry: Entry): string[] {
    const properties = entry.members.filter((member) => !member.isMethod);
    const methods = entry.members.filter((member) => member.isMethod);
    return [
      ...begun(entry),
      ...fenced(entry.code),
      ...(properties.length > 0 ? this.#members(['property', 'type', 'meaning'], properties) : []),
      ...examplesIn(entry.doc),
      ...methods.flatMap((method) => [
        `#### ${method.name}`,
        '',
        method.doc.text,
        '',
        ...fenced(inLines(method.code)),
        ...told(method.doc),
      ]),
    ];
  }

  #constant(entry: Entry): string[] {
    const rows = entry.members.map(({ name, code }) => [
      `\`${name}\``,
      code.replace(/^['"](.*)['"]$/s, '$1'),
    ]);
    return [...begun(entry), ...table(['name', 'value'], rows)];
  }

  #type(entry: Entry): string[] {
    const users = this.entries.filter((other) => entry.name !== COMMON && parameterOf(other, entry) !== null);
    if (users.length > 0) {
      const links = users.map(({ name }) => linkTo(name)).join(' and ');
      return [...begun(entry), `Listed with ${links}.`, ''];
    }
    if (entry.members.length > 0) {
      return [...begun(entry), ...this.#table(entry, ['property', 'type', 'meaning'])];
    }
    return [...begun(entry), ...fenced(aliasInLines(entry.code))];
  }

  #table({ members, bases }: Entry, head: readonly string[]): string[] {
    const also = bases.length === 0 ? [] : [`Also all of ${bases.map(linkTo).join(' and ')}.`, ''];
    return [...(members.length > 0 ? this.#members(head, members) : []), ...also];
  }

  #members(head: readonly string[], members: readonly Member[]): string[] {
    const rows = members.map((member) => [
      `\`${member.name}${member.isOptional ? '?' : ''}\``,
      this.#typeOf(member),
      inOneLine(member.doc.text),
    ]);
    return table(head, rows);
  }

  #typeOf({ code, isOptional }: Member): string {
    const line = compact(code);
    const type = isOptional ? line.replace(/ \| undefined$/, '') : line;
    if (this.entries.some(({ name }) => name === type)) return linkTo(type);
    return `\`${type.replaceAll('|', '\\|')}\``;
  }
}

/** The options of every function; they are listed once. */
const COMMON = 'CommonOptions';

/** The name of the parameter of a function that is such an object. */
function parameterOf({ kind, code }: Entry, type: Entry): string | null {
  const isObject = type.kind === 'type' && (type.members.length > 0 || type.bases.length > 0);
  if (kind !== 'function' || !isObject) return null;
  return new RegExp(`(\\w+)\\??: ${type.name}[,)]`).exec(code)?.[1] ?? null;
}

function begun({ name, doc }: Entry): string[] {
  return [`### ${name}`, '', doc.text, ''];
}

function told(doc: Docstring): string[] {
  return [
    ...(doc.returns === null ? [] : [`Returns ${doc.returns}.`, '']),
    ...(doc.throws.length === 0 ? [] : ['Throws', '', ...listed(doc.throws.map(asCode))]),
    ...examplesIn(doc),
  ];
}

function examplesIn({ examples }: Docstring): string[] {
  return examples.flatMap((example) => fenced(example));
}

/** Codes and classes in code spans. */
function asCode(text: string): string {
  return text.replace(/(?<![`\w])([A-Z]+(?:_[A-Z]+)+|[A-Z][a-z]+Error)\b/g, '`$1`');
}

function listed(items: readonly string[]): string[] {
  return items.length === 0 ? [] : [...items.map((item) => `- ${item}`), ''];
}

function fenced(code: string): string[] {
  return ['```ts', code, '```', ''];
}

function linkTo(name: string): string {
  return `[\`${name}\`](#${name.toLowerCase()})`;
}

function table(head: readonly string[], rows: readonly string[][]): string[] {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return [...lines, ''];
}

function inOneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim();
}

/** A signature with one parameter on a line where it is long. */
function inLines(code: string): string {
  const line = inOneLine(code);
  const parts = /^(.*?)\((.*)\)(: .*)$/.exec(line);
  if (line.length <= WIDTH || parts === null) return line;
  const [, name, parameters, returned] = parts;
  return [`${name}(`, ...parameters!.split(/, (?=\w+\??:)/).map((one) => `  ${one},`), `)${returned}`].join(
    '\n',
  );
}

/** An object type in one line; where that is too long, each member of the union in one. */
function aliasInLines(code: string): string {
  if (code.includes('/**')) {
    const lines = code.replace(/\{[^{}]*\}/g, compact).split('\n');
    return lines.map((one, number) => (number === 0 ? one : `  ${one.trim()}`)).join('\n');
  }
  const line = compact(code);
  if (line.length <= WIDTH) return line;
  const [name, union] = [line.slice(0, line.indexOf(' = ')), line.slice(line.indexOf(' = ') + 3)];
  return [`${name} =`, ...union.split(/ \| (?![^{]*\})/).map((one) => `  | ${one}`)].join('\n');
}

function compact(code: string): string {
  return inOneLine(code).replaceAll('; }', ' }');
}
