// What our server takes from a client's `initialize`: the version, what the client calls itself, and what it can do for us.
// Whatever else the client says there, and however, is nothing that a session should fail for, or a person not be asked.
import { isObject } from '../../messages/raw-message.ts';

type Members = { readonly [key: string]: unknown };

/** The params of an `initialize`, with nothing but what our server reads, as MCP defines it. */
export function readInitialize(params: unknown): Record<string, unknown> {
  const { protocolVersion, capabilities, clientInfo } = objectIn(params);
  const { elicitation, extensions } = objectIn(capabilities);
  const { name, version } = objectIn(clientInfo);
  return {
    protocolVersion,
    capabilities: {
      ...(asksInForms(elicitation) ? { elicitation: { form: {} } } : {}),
      ...(isObject(extensions) ? { extensions: objectsIn(extensions) } : {}),
    },
    clientInfo: { name, version },
  };
}

/** A client that names no mode asks in forms, as all did before there were others. */
function asksInForms(elicitation: unknown): boolean {
  if (!isObject(elicitation)) return false;
  const { form, url } = elicitation;
  return isObject(form) || ((form ?? null) === null && (url ?? null) === null);
}

function objectsIn(members: Members): Members {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => isObject(value)));
}

function objectIn(value: unknown): Members {
  return isObject(value) ? value : {};
}
