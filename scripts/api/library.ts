// The declarations of the library as the compiler knows them, and which of its names are public.
import path from 'node:path';
import { isExpressionWithTypeArguments, type Node, SyntaxKind } from 'typescript/unstable/ast';
import {
  type Checker,
  type Symbol as NamedSymbol,
  type Project,
  SymbolFlags,
} from 'typescript/unstable/sync';

export class Library {
  readonly checker: Checker;
  readonly exported: readonly NamedSymbol[];
  readonly #folder: string;
  readonly #names: ReadonlyMap<number, string>;

  /** @param root the declarations of its index */
  constructor(
    private readonly project: Project,
    root: string,
  ) {
    this.checker = project.checker;
    this.#folder = path.dirname(root);
    const index = this.checker.getSymbolAtLocation(project.program.getSourceFile(root)!)!;
    this.exported = this.checker.getExportsOfModule(index).map((symbol) => this.#meant(symbol));
    this.#names = new Map(this.exported.map(({ id, name }) => [id, name]));
  }

  #meant(symbol: NamedSymbol): NamedSymbol {
    return symbol.flags & SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol;
  }

  /** What a name in a declaration stands for. */
  meantBy(name: Node): NamedSymbol {
    return this.#meant(this.checker.getSymbolAtLocation(name)!);
  }

  isPublic({ id }: NamedSymbol): boolean {
    return this.#names.has(id);
  }

  isPublicName(name: string): boolean {
    return [...this.#names.values()].includes(name);
  }

  /** Undefined for what the compiler made up. */
  declarationOf({ declarations }: NamedSymbol): Node | undefined {
    return declarations[0]?.resolve(this.project);
  }

  /** Relative to the index; undefined for what is somebody else's. */
  fileOf(symbol: NamedSymbol): string | undefined {
    const file = this.declarationOf(symbol)?.getSourceFile().fileName;
    return file?.startsWith(this.#folder + path.sep) ? path.relative(this.#folder, file) : undefined;
  }

  /** What of ours a declaration extends. */
  basesAt(node: Node): NamedSymbol[] {
    return childrenOf(node)
      .filter((child) => child.kind === SyntaxKind.HeritageClause)
      .flatMap(childrenOf)
      .flatMap((base) => (isExpressionWithTypeArguments(base) ? [this.meantBy(base.expression)] : []))
      .filter((base) => this.fileOf(base) !== undefined);
  }

  /** The nearest of these that are public. */
  publicBasesAt(node: Node): NamedSymbol[] {
    return this.basesAt(node).flatMap((base) =>
      this.isPublic(base) ? [base] : this.publicBasesAt(this.declarationOf(base)!),
    );
  }
}

export function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  node.forEachChild((child) => {
    children.push(child);
  });
  return children;
}
