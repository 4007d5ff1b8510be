// What somebody has who logged in to a registry.

export type Credential =
  | { kind: 'password'; username: string; password: string }
  /** Given to the token service in place of a password. */
  | { kind: 'identity-token'; token: string }
  /** Given to the registry as it is. */
  | { kind: 'bearer'; token: string };
