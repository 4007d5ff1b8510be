// What a caller of the library sees, as values.

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
