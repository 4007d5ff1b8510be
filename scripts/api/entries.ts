// What each public name is and says of itself.
import {
  type ClassDeclaration,
  isClassDeclaration,
  isFunctionDeclaration,
  isInterfaceDeclaration,
  isTypeAliasDeclaration,
  ModifierFlags,
  type Node,
  SyntaxKind,
  type TypeAliasDeclaration,
} from 'typescript/unstable/ast';
import {
  type Checker,
  type Symbol as NamedSymbol,
  NodeBuilderFlags,
  SymbolFlags,
  type Type,
} from 'typescript/unstable/sync';
import { childrenOf, type Library } from './library.ts';
import type { Docstring, Entry, Member } from './surface.ts';

/** In the order of their names. */
export function entriesOf(library: Library): Entry[] {
  const reader = new EntryReader(library);
  return library.exported.map((symbol) => reader.entry(symbol)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

class EntryReader {
  readonly #checker: Checker;
  /** The text of types that are inferred from a schema, with their names; the longest first. */
  readonly #inferred: readonly (readonly [text: string, name: string])[];

  constructor(private readonly library: Library) {
    this.#checker = library.checker;
    this.#inferred = library.exported
      .filter((symbol) => isInferred(library.declarationOf(symbol)!))
      .map((symbol) => [this.#textOf(this.#checker.getDeclaredTypeOfSymbol(symbol)), symbol.name] as const)
      .sort(([a], [b]) => b.length - a.length);
  }

  entry(symbol: NamedSymbol): Entry {
    const node = this.library.declarationOf(symbol)!;
    const common = { name: symbol.name, doc: this.#doc(symbol), members: [], bases: [] };
    if (isFunctionDeclaration(node)) return { ...common, kind: 'function', code: codeOf(node) };
    const bases = this.library.publicBasesAt(node);
    const named = { ...common, bases: bases.map(({ name }) => name) };
    if (isClassDeclaration(node)) {
      const code = codeOf(node).replace(/ \{[\s\S]*/, '');
      return { ...named, kind: 'class', code, members: this.#classMembers(node) };
    }
    if (isInterfaceDeclaration(node)) {
      const members = this.#properties(symbol, bases);
      return { ...named, kind: 'type', code: `interface ${symbol.name}`, members };
    }
    if (isTypeAliasDeclaration(node)) {
      const members = isInferred(node) ? this.#inferredProperties(symbol) : [];
      return { ...common, kind: 'type', code: this.#aliasCode(symbol, node), members };
    }
    return { ...common, kind: 'constant', code: symbol.name, members: this.#fieldsOf(symbol) };
  }

  /** What is made from a value without a public name is spelled out. */
  #aliasCode(symbol: NamedSymbol, node: TypeAliasDeclaration): string {
    const value = /^keyof typeof (\w+)$/.exec(node.type.getText())?.[1];
    if (value === undefined || this.library.isPublicName(value)) return codeOf(node);
    const type = this.#checker.getDeclaredTypeOfSymbol(symbol);
    const text = this.#checker.typeToString(
      type,
      undefined,
      NodeBuilderFlags.NoTruncation | NodeBuilderFlags.InTypeAlias,
    );
    return `type ${symbol.name} = ${inOurQuotes(text)}`;
  }

  #doc(symbol: NamedSymbol): Docstring {
    const tags = symbol.getJsDocTags(this.#checker);
    const all = (name: string) => tags.filter((tag) => tag.name === name).map((tag) => inOneLine(tag.text));
    return {
      text: symbol.getDocumentationComment(this.#checker).trim(),
      params: all('param'),
      returns: all('returns')[0] ?? null,
      throws: all('throws'),
      examples: tags.filter((tag) => tag.name === 'example').map((tag) => codeIn(tag.text ?? '')),
    };
  }

  /** What a class itself declares; its public bases have entries of their own. */
  #classMembers(node: ClassDeclaration): Member[] {
    return childrenOf(node)
      .filter(isPublicMember)
      .map((member) => {
        const name = member.name.getText();
        const isStatic = (member.modifierFlags & ModifierFlags.Static) !== 0;
        return {
          ...this.#written(this.#checker.getSymbolAtLocation(member.name)!),
          name: isStatic ? `${node.name!.getText()}.${name}` : name,
        };
      });
  }

  /** All that an interface has, its own first, but what a public base has. */
  #properties(symbol: NamedSymbol, bases: readonly NamedSymbol[]): Member[] {
    const known = new Set(bases.flatMap((base) => this.#propertiesOf(base)).map(({ name }) => name));
    const isOwn = (property: NamedSymbol) => symbol.getMembers().has(property.escapedName);
    const all = this.#propertiesOf(symbol).filter(({ name }) => !known.has(name));
    return [...all.filter(isOwn), ...all.filter((property) => !isOwn(property))].map((property) =>
      this.#written(property),
    );
  }

  /** The compiler gives them in any order. */
  #propertiesOf(symbol: NamedSymbol): NamedSymbol[] {
    const properties = this.#checker.getPropertiesOfType(this.#checker.getDeclaredTypeOfSymbol(symbol));
    return this.#inOrder(properties);
  }

  #inOrder(symbols: readonly NamedSymbol[]): NamedSymbol[] {
    const placed = symbols.map((symbol) => {
      const node = this.library.declarationOf(symbol);
      return { symbol, file: node?.getSourceFile().fileName ?? '', start: node?.getStart() ?? 0 };
    });
    const isBefore = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
    placed.sort(
      (a, b) => isBefore(a.file, b.file) || a.start - b.start || isBefore(a.symbol.name, b.symbol.name),
    );
    return placed.map(({ symbol }) => symbol);
  }

  /** Of a type that is inferred, in the words of the compiler. */
  #inferredProperties(symbol: NamedSymbol): Member[] {
    return this.#propertiesOf(symbol).map((property) => ({
      ...this.#written(property),
      code: this.#inferredType(property, symbol.name),
    }));
  }

  #fieldsOf(constant: NamedSymbol): Member[] {
    const type = this.#checker.getTypeOfSymbol(constant)!;
    return this.#inOrder(this.#checker.getPropertiesOfType(type)).map((field) => this.#written(field));
  }

  #written(symbol: NamedSymbol): Member {
    const node = this.library.declarationOf(symbol) as MemberNode | undefined;
    const isMethod = node?.kind === SyntaxKind.MethodDeclaration || node?.kind === SyntaxKind.MethodSignature;
    const written = isMethod ? codeOf(node) : node?.type?.getText();
    return {
      name: symbol.name,
      isMethod,
      isOptional: (symbol.flags & SymbolFlags.Optional) !== 0,
      code: inOurQuotes(written ?? this.#inferredType(symbol, '')),
      doc: this.#doc(symbol),
    };
  }

  /** With the names of other types that are inferred. */
  #inferredType(property: NamedSymbol, within: string): string {
    const type = this.#checker.getTypeOfSymbol(property)!;
    let text = this.#textOf(type);
    for (const [written, name] of this.#inferred) if (name !== within) text = text.replaceAll(written, name);
    return inOurQuotes(text);
  }

  #textOf(type: Type): string {
    return this.#checker.typeToString(type, undefined, NodeBuilderFlags.NoTruncation);
  }
}

interface MemberNode extends Node {
  readonly name: Node;
  readonly type?: Node;
  readonly modifierFlags: ModifierFlags;
}

const MEMBERS: readonly SyntaxKind[] = [
  SyntaxKind.PropertySignature,
  SyntaxKind.MethodSignature,
  SyntaxKind.PropertyDeclaration,
  SyntaxKind.MethodDeclaration,
  SyntaxKind.GetAccessor,
];

function isPublicMember(node: Node): node is MemberNode {
  if (!MEMBERS.includes(node.kind)) return false;
  const { name, modifierFlags } = node as MemberNode;
  return name.kind === SyntaxKind.Identifier && (modifierFlags & ModifierFlags.Private) === 0;
}

/** `z.infer<…>`: what it has is not written where it is declared. */
function isInferred(node: Node): boolean {
  return isTypeAliasDeclaration(node) && node.type.getText().startsWith('z.infer<');
}

function codeOf(node: Node): string {
  const text = node
    .getText()
    .replace(/^export /, '')
    .replace(/^declare /, '');
  return text.replace(/;$/, '');
}

/** Of literal types without quotes in them. */
function inOurQuotes(type: string): string {
  return type.replace(/"([^"'\\]*)"/g, "'$1'");
}

function inOneLine(text = ''): string {
  return text.trim().replace(/\s*\n\s*/g, ' ');
}

function codeIn(example: string): string {
  return /```ts\n([\s\S]*?)\n```/.exec(example)?.[1] ?? '';
}
