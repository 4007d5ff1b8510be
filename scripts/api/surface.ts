// What a caller of the library sees, read from its built declarations with the API of the installed compiler.
import path from 'node:path';
import {
  type ClassDeclaration,
  isClassDeclaration,
  isExpressionWithTypeArguments,
  isFunctionDeclaration,
  isInterfaceDeclaration,
  isTypeAliasDeclaration,
  isTypeParameterDeclaration,
  isTypeReferenceNode,
  ModifierFlags,
  type Node,
  SyntaxKind,
  type TypeAliasDeclaration,
} from 'typescript/unstable/ast';
import {
  API,
  type Checker,
  type Symbol as NamedSymbol,
  type Project,
  SymbolFlags,
} from 'typescript/unstable/sync';

/** A docstring. A tag that can stand several times is a list. */
export interface Docstring {
  text: string;
  params: readonly string[];
  returns: string | null;
  throws: readonly string[];
  /** Fenced code. */
  examples: readonly string[];
}

/** A property or method; of a class also a static one, whose name then begins with that of the class. */
export interface Member {
  name: string;
  isMethod: boolean;
  isOptional: boolean;
  /** The type of a property, the signature of a method. */
  code: string;
  doc: Docstring;
}

export interface Entry {
  name: string;
  kind: 'function' | 'class' | 'constant' | 'type';
  doc: Docstring;
  /** The declaration without its members. */
  code: string;
  /** Its own, and those of bases that have no public name. */
  members: readonly Member[];
  /** Public names of what it extends. */
  bases: readonly string[];
}

export interface Surface {
  /** In the order of their names. */
  entries: readonly Entry[];
  /** Types of ours that occur in a public declaration and cannot be imported, each with where it occurs. */
  unnamed: readonly string[];
}

/** @param root the declarations of the library's index */
export function readSurface(config: string, root: string): Surface {
  const api = new API({ cwd: path.dirname(config) });
  try {
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config)!;
    return new Reader(project, path.dirname(root)).read(root);
  } finally {
    api.close();
  }
}

class Reader {
  readonly #checker: Checker;
  /** By id of the symbol that is meant. */
  readonly #public = new Map<number, string>();
  /** The text of types that are inferred from a schema, with their names. */
  readonly #inferred = new Map<string, string>();
  readonly #unnamed = new Set<string>();

  constructor(
    private readonly project: Project,
    private readonly folder: string,
  ) {
    this.#checker = project.checker;
  }

  read(root: string): Surface {
    const index = this.#checker.getSymbolAtLocation(this.project.program.getSourceFile(root)!)!;
    const exported = this.#checker.getExportsOfModule(index).map((symbol) => this.#meant(symbol));
    for (const symbol of exported) this.#public.set(symbol.id, symbol.name);
    for (const symbol of exported) this.#noteInferred(symbol);
    const entries = exported.map((symbol) => this.#entry(symbol));
    return {
      entries: entries.sort((a, b) => (a.name < b.name ? -1 : 1)),
      unnamed: [...this.#unnamed].sort(),
    };
  }

  #meant(symbol: NamedSymbol): NamedSymbol {
    return symbol.flags & SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  #declaration(symbol: NamedSymbol): Node {
    return symbol.declarations[0]!.resolve(this.project)!;
  }

  #noteInferred(symbol: NamedSymbol): void {
    if (!isInferred(this.#declaration(symbol))) return;
    const type = this.#checker.getDeclaredTypeOfSymbol(symbol);
    this.#inferred.set(this.#checker.typeToString(type, undefined, NO_TRUNCATION), symbol.name);
  }

  #entry(symbol: NamedSymbol): Entry {
    const node = this.#declaration(symbol);
    this.#findUnnamed(node, symbol.name);
    const common = { name: symbol.name, doc: this.#doc(symbol), members: [], bases: [] };
    if (isFunctionDeclaration(node)) return { ...common, kind: 'function', code: codeOf(node) };
    const bases = this.#basesOf(node);
    const named = { ...common, bases: bases.map((base) => this.#public.get(base.id)!) };
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
    if (value === undefined || [...this.#public.values()].includes(value)) return codeOf(node);
    const type = this.#checker.getDeclaredTypeOfSymbol(symbol);
    const text = this.#checker.typeToString(type, undefined, NO_TRUNCATION | IN_ALIAS);
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
    const members: MemberNode[] = [];
    node.forEachChild((child) => {
      if (isPublicMember(child)) members.push(child);
    });
    return members.map((member) => {
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
      const node = symbol.declarations[0]?.resolve(this.project);
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
    const node = symbol.declarations[0]?.resolve(this.project) as MemberNode | undefined;
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
    let text = this.#checker.typeToString(type, undefined, NO_TRUNCATION);
    const longestFirst = [...this.#inferred].sort(([a], [b]) => b.length - a.length);
    for (const [written, name] of longestFirst) if (name !== within) text = text.replaceAll(written, name);
    return inOurQuotes(text);
  }

  #basesAt(node: Node): NamedSymbol[] {
    const clauses: Node[] = [];
    node.forEachChild((child) => {
      if (child.kind === SyntaxKind.HeritageClause) clauses.push(child);
    });
    const bases: NamedSymbol[] = [];
    for (const clause of clauses)
      clause.forEachChild((child) => {
        if (!isExpressionWithTypeArguments(child)) return;
        const base = this.#meant(this.#checker.getSymbolAtLocation(child.expression)!);
        if (this.#isOurs(base)) bases.push(base);
      });
    return bases;
  }

  /** The nearest that have a public name. */
  #basesOf(node: Node): NamedSymbol[] {
    return this.#basesAt(node).flatMap((base) =>
      this.#public.has(base.id) ? [base] : this.#basesOf(this.#declaration(base)),
    );
  }

  #isOurs(symbol: NamedSymbol): boolean {
    return symbol.declarations.length > 0 && this.#fileOf(symbol).startsWith(this.folder + path.sep);
  }

  #fileOf(symbol: NamedSymbol): string {
    return this.#declaration(symbol).getSourceFile().fileName;
  }

  /** A base needs no name of its own: what it brings along belongs to what extends it. */
  #findUnnamed(node: Node, where: string): void {
    for (const base of this.#basesAt(node))
      if (!this.#public.has(base.id)) this.#findUnnamed(this.#declaration(base), where);
    const visit = (child: Node): void => {
      if (child.kind === SyntaxKind.HeritageClause) return;
      if (isTypeReferenceNode(child)) this.#assertNamed(child.typeName, where);
      child.forEachChild(visit);
    };
    node.forEachChild(visit);
  }

  #assertNamed(name: Node, where: string): void {
    const symbol = this.#meant(this.#checker.getSymbolAtLocation(name)!);
    if (this.#public.has(symbol.id) || !this.#isOurs(symbol)) return;
    if (isTypeParameterDeclaration(this.#declaration(symbol))) return;
    this.#unnamed.add(`${symbol.name} (${path.relative(this.folder, this.#fileOf(symbol))}) in ${where}`);
  }
}

/** Of the compiler's `NodeBuilderFlags`. */
const NO_TRUNCATION = 1;
const IN_ALIAS = 1 << 23;

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

function isPublicMember(
  node: Node,
): node is Extract<ClassDeclaration['members'][number], MemberNode> & MemberNode {
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
