// Types that a caller would have to name and cannot.
import {
  isImportTypeNode,
  isTypeParameterDeclaration,
  isTypeReferenceNode,
  type Node,
  SyntaxKind,
} from 'typescript/unstable/ast';
import { childrenOf, type Library } from './library.ts';

/** Those of ours that occur in a public declaration and cannot be imported, each with where it occurs. */
export function unnamedTypes(library: Library): string[] {
  const found = library.exported.flatMap((symbol) =>
    typeNamesIn(library.declarationOf(symbol)!, library)
      .map((name) => library.meantBy(name))
      .filter((type) => !library.isPublic(type) && library.fileOf(type) !== undefined)
      .filter((type) => !isTypeParameterDeclaration(library.declarationOf(type)!))
      .map((type) => `${type.name} (${library.fileOf(type)}) in ${symbol.name}`),
  );
  return [...new Set(found)].sort();
}

/** A base needs no name of its own: what it brings along belongs to what extends it. */
function typeNamesIn(node: Node, library: Library): Node[] {
  const inherited = library
    .basesAt(node)
    .filter((base) => !library.isPublic(base))
    .flatMap((base) => typeNamesIn(library.declarationOf(base)!, library));
  return [...inherited, ...childrenOf(node).flatMap(namesBelow)];
}

function namesBelow(node: Node): Node[] {
  if (node.kind === SyntaxKind.HeritageClause) return [];
  const own = isTypeReferenceNode(node) ? node.typeName : isImportTypeNode(node) ? node.qualifier : undefined;
  return [...(own === undefined ? [] : [own]), ...childrenOf(node).flatMap(namesBelow)];
}
