// Options that every command has.
export interface LocationOptions {
  componentDir?: string;
  secretsDir?: string;
  stateDir?: string;
  json?: boolean;
}
