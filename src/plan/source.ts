// Where a snapshot was opened, or where code is loaded from, as far as this host itself knows it.

/** The local store, a file by its real path, or a URI without credentials. */
export type Source = { kind: 'store' } | { kind: 'file'; path: string } | { kind: 'uri'; uri: string };
