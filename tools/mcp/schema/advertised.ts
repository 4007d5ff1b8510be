// The JSON Schema of a tool as clients see it: the plain subset that all their converters take, without references,
// alternatives, maps and bounds. What is left out is checked when a call comes.
import * as z from 'zod';

/**
 * As far as it is advertised.
 * @internal exported for tests that walk through one
 */
export interface AdvertisedSchema {
  [key: string]: unknown;
  type: string;
  description?: string;
  enum?: readonly unknown[];
  properties?: Record<string, AdvertisedSchema>;
  required?: string[];
  items?: AdvertisedSchema;
}

type JsonSchema = z.core.JSONSchema.JSONSchema;
type AdvertisedObject = AdvertisedSchema & { type: 'object' };

/** What a call takes; pairs of key and value as a list of texts. */
export function advertisedInput(type: z.ZodType): AdvertisedObject {
  const schema = z.toJSONSchema(type, { target: 'draft-7', io: 'input' });
  const required = schema.required ?? [];
  return { ...plain(schema), ...(required.length === 0 ? {} : { required }) } as AdvertisedObject;
}

/** What an answer may have; which of it an answer has depends on what was done. */
export function advertisedOutput(type: z.ZodType): AdvertisedObject {
  return plain(z.toJSONSchema(type, { target: 'draft-7', io: 'output' })) as AdvertisedObject;
}

function plain({
  type,
  description,
  enum: values,
  properties = {},
  items,
  propertyNames,
}: JsonSchema): AdvertisedSchema {
  const isMap = propertyNames !== undefined;
  const parts = Object.entries(properties).map(([key, each]) => [key, plain(each as JsonSchema)]);
  return {
    type: isMap ? 'array' : (type as string),
    ...(description === undefined ? {} : { description }),
    ...(values === undefined ? {} : { enum: values }),
    ...(isMap ? { items: { type: 'string' } } : {}),
    ...(items === undefined ? {} : { items: plain(items as JsonSchema) }),
    ...(parts.length === 0 ? {} : { properties: Object.fromEntries(parts) }),
  };
}
