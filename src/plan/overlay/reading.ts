// Reads an overlay file (FORMAT.md, F-21). It is strict: a key that was misspelt would leave an entry in a policy.
import * as z from 'zod';
import { safeText } from '../../codec/safe-text.ts';
import { nearest } from '../../codec/suggestion.ts';
import { plainValue } from '../../codec/yaml/fields.ts';
import { refusalOf, YamlProblem } from '../../codec/yaml/problem.ts';
import { readYaml, type YamlNode } from '../../codec/yaml/reader.ts';
import { wholeText } from '../../codec/yaml/whole-text.ts';
import { FormatError } from '../../errors.ts';
import { ID_PATTERN } from '../../snapshot/component-id.ts';
import { mappedPathProblem, type Overlay, overlayOf } from './overlay.ts';

export const MAX_OVERLAY_BYTES = 1024 * 1024;

const path = z
  .string('a directory is not text')
  .superRefine((text, context) => {
    const problem = mappedPathProblem(text);
    if (problem !== null) context.addIssue(problem);
  })
  .meta({ pattern: '^/[^*]*$', maxLength: 4_096 });

const id = z.string().regex(ID_PATTERN, 'a key is no id of a component');

/** @internal exported because overlay.schema.json is made from it */
export const OverlaySchema = z.strictObject(
  {
    version: z.literal(1),
    map_dirs: z
      .record(path, path, '"map_dirs" is not a mapping of directories')
      .describe(
        'Directories that are others on this host, each with all below it; the longest that fits counts.',
      )
      .optional(),
    without: z
      .record(
        id,
        z
          .array(
            z.string('an entry is not text').min(1, 'an entry is empty'),
            'what is left out is not a list',
          )
          .min(1, 'a list is empty'),
        '"without" is not a mapping of ids to entries',
      )
      .describe(
        'By id of a component: storage URIs, hosts, ranges of addresses and variables that it does not get.',
      )
      .optional(),
  },
  'it is not a mapping',
);

const KEYS = Object.keys(OverlaySchema.shape);
const HINT = 'map_dirs: { /home/me/data: /srv/data }, without: { weather: [api.dev.example] }';

/**
 * @param file how errors name it
 * @throws FormatError FORMAT_INVALID_OVERLAY, FORMAT_UNSUPPORTED_VERSION, FORMAT_LIMIT_EXCEEDED, each with the `line` in the
 * details; UsageError as `overlayOf`
 */
export function parseOverlay(bytes: Uint8Array, file: string): Overlay {
  try {
    return overlayIn(readYaml(wholeText(bytes)), file);
  } catch (error) {
    if (!(error instanceof YamlProblem)) throw error;
    throw refusalOf(error, 'FORMAT_INVALID_OVERLAY', where(file, error.line));
  }
}

function where(file: string, line: number): string {
  return `overlay ${safeText(file, 4_096)} line ${line}`;
}

function overlayIn(root: YamlNode, file: string): Overlay {
  const parsed = OverlaySchema.safeParse(plainValue(root));
  if (!parsed.success) throw problemOf(parsed.error.issues, root, file);
  const { map_dirs = {}, without = {} } = parsed.data;
  const overlay = overlayOf(
    Object.entries(map_dirs).map(([from, to]) => ({ from, to })),
    Object.entries(without).flatMap(([component_id, entries]) =>
      entries.map((entry) => ({ component_id, entry })),
    ),
  );
  if (overlay === null) throw new YamlProblem(root.line, 'it changes nothing', HINT);
  return overlay;
}

/** Of several the first in the file; another version before all. */
function problemOf(issues: readonly z.core.$ZodIssue[], root: YamlNode, file: string): Error {
  if (issues.some(({ path: [key] }) => key === 'version')) {
    const line = lineOf(root, ['version']);
    return new FormatError('FORMAT_UNSUPPORTED_VERSION', `${where(file, line)}: expected "version: 1"`, {
      hint: 'this program reads version 1',
      details: { expected: 1, line },
    });
  }
  const problems = issues.map((issue) => {
    if (issue.code !== 'unrecognized_keys')
      return new YamlProblem(lineOf(root, issue.path), wordsOf(issue), HINT);
    const [key] = issue.keys;
    const close = nearest(key!, KEYS);
    const hint = close === null ? `the keys are: ${KEYS.join(', ')}` : `did you mean "${close}"?`;
    return new YamlProblem(lineOf(root, [...issue.path, key!]), 'a key is unknown', hint);
  });
  return problems.sort((a, b) => a.line - b.line)[0]!;
}

function wordsOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_key' ? issue.issues[0]!.message : issue.message;
}

/** The line of the deepest that is there. */
function lineOf(node: YamlNode, [key, ...rest]: readonly PropertyKey[]): number {
  if (node.kind === 'list' && typeof key === 'number') return lineOf(node.items[key]!, rest);
  if (node.kind !== 'map' || key === undefined) return node.line;
  const inside = node.entries.get(String(key));
  if (inside === undefined) return node.line;
  return rest.length === 0 ? node.keyLines.get(String(key))! : lineOf(inside, rest);
}
