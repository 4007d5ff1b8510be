// `wassette-state log`: who asked for what here, and what came of it; or whether the chain of the lines holds.

import { auditLog, verifyAuditLog } from '../../../../src/audit.ts';
import { shortDigest } from '../../../../src/codec/digest.ts';
import { counted, fewOf } from '../../../../src/codec/enumeration.ts';
import { quoted, safeText } from '../../../../src/codec/safe-text.ts';
import type { ApprovedBy, AuditRecord } from '../../../../src/state/audit/entry.ts';
import type { AuditCheck, AuditLine } from '../../../../src/state/audit/reading.ts';
import { STANDARD } from '../../standard-streams.ts';
import { print, printJson, styled, tell, wrapped } from '../../terminal.ts';
import { type LocationOptions, locationsIn } from '../locations.ts';

export interface LogCommandOptions extends LocationOptions {
  since?: Date;
  last?: number;
  verify?: boolean;
}

/** @returns whether the chain holds, where that was asked */
export async function runLog(options: LogCommandOptions): Promise<boolean> {
  if (options.verify) return verify(options);
  const { since, last } = options;
  const all = await auditLog({ ...locationsIn(options), since });
  const lines = last === undefined ? all : all.slice(Math.max(0, all.length - last));
  if (options.json) printJson({ lines });
  else {
    for (const line of lines) printLine(line);
    if (lines.length === 0) tell(wrapped('', `The audit log has nothing${since ? ' since then' : ''}.`));
  }
  return true;
}

async function verify(options: LogCommandOptions): Promise<boolean> {
  const check = await verifyAuditLog(locationsIn(options));
  if (options.json) printJson(check);
  else printCheck(check);
  return check.holds;
}

const SHOWN_IDS = 10;
const short = (digest: string) => safeText(shortDigest(digest));

function printLine({ file, line, record }: AuditLine): void {
  if (record === null) {
    print(
      styled(wrapped('', `line ${line} of ${file} was not written to its end, or is none of ours`), 'yellow'),
    );
    return;
  }
  const { time, event, result, code } = record;
  const ending = code === undefined ? '' : `  ${safeText(code, 60)}`;
  print(`${safeText(time, 24)}  ${safeText(event, 40)} ${safeText(result, 40)}${ending}`);
  for (const said of detailsOf(record)) print(wrapped('  ', said));
}

/** What a line says, in a few. */
function detailsOf(record: AuditRecord): string[] {
  const { event, reference, copied_from, snapshot, import: name, reverts, plan, component_dir: dir } = record;
  const isNamed = reference !== undefined && reference !== snapshot;
  return [
    sentence([
      isNamed && placeIn(event, reference),
      copied_from !== undefined && `from ${quoted(copied_from)}`,
      snapshot && `snapshot ${short(snapshot)}`,
      reverts && `takes back ${safeText(reverts, 40)}`,
      plan && `plan ${short(plan)}`,
      name && `import ${safeText(name, 40)}`,
    ]),
    sentence([componentsIn(record), stateIn(record)]),
    ...(record.signers ?? []).map(signerIn),
    sentence([record.signers_file !== undefined && `in ${safeText(record.signers_file, 4_096)}`]),
    sentence([approvalIn(record)]),
    sentence([askerIn(record), dir && `in ${safeText(dir, 4_096)}`]),
  ].filter((text) => text !== '');
}

function placeIn(event: string, reference: string): string {
  const isWritten = event === 'export' || event === 'copy';
  if (reference === STANDARD) return isWritten ? 'to standard output' : 'from standard input';
  return `${isWritten ? 'to' : 'from'} ${quoted(reference)}`;
}

function signerIn({ fingerprint, names, namespaces }: NonNullable<AuditRecord['signers']>[number]): string {
  return `${safeText(fingerprint, 60)} as ${names.map(quoted).join(', ')}, for ${safeText(namespaces, 200)}`;
}

function componentsIn({ components, component_count: count = 0 }: AuditRecord): string | null {
  const ids = (components ?? []).map(
    ({ id, action }) => `${quoted(id)}${action ? ` (${safeText(action, 20)})` : ''}`,
  );
  if (ids.length === 0) return null;
  const shown = ids.slice(0, SHOWN_IDS);
  const more = Math.max(count, ids.length) - shown.length;
  return fewOf(more > 0 ? [...shown, `and ${more} more`] : shown, SHOWN_IDS + 1);
}

function sentence(parts: readonly (string | false | undefined | null)[]): string {
  return parts.filter(Boolean).join(', ');
}

function stateIn({ state, state_before, state_after }: AuditRecord): string | null {
  if (state !== undefined) return `state ${short(state)}`;
  if (state_before === undefined || state_after === undefined) return null;
  return `state ${short(state_before)} to ${short(state_after)}`;
}

const HOW: Record<ApprovedBy['how'], string> = {
  client: 'by the person at the client',
  'nobody-asked': 'and nobody was asked',
  terminal: 'by the person at the terminal',
  'command-line': 'by its digest, at the command line',
  caller: 'by the caller of the library',
  operator: 'by the operator, at a terminal',
  signed: 'in writing',
};

function approvalIn({ approved, result }: AuditRecord): string | null {
  if (approved === undefined) return null;
  const who = approved.by === undefined ? '' : ` (${quoted(approved.by)})`;
  const how = HOW[approved.how as ApprovedBy['how']] ?? safeText(approved.how, 40);
  return `${result === 'declined' ? 'declined' : 'approved'} ${how}${who}`;
}

const ASKERS: Record<string, string> = { 'command-line': 'at the command line', library: 'by the library' };

function askerIn({ asked_by: asker }: AuditRecord): string | null {
  if (asker === undefined) return null;
  const user = asker.user === null ? '' : `, user ${asker.user}`;
  const version = asker.client_version === undefined ? '' : ` ${quoted(asker.client_version)}`;
  const client = asker.client === undefined ? 'an agent' : `the agent of ${quoted(asker.client)}${version}`;
  return `asked ${ASKERS[asker.by] ?? `by ${client}`}${user}`;
}

function printCheck(check: AuditCheck): void {
  const { holds, lines, files, head, breaks, torn, continues } = check;
  if (head === null) {
    print(wrapped('', 'There is no audit log yet.'));
    return;
  }
  const what = `${counted(lines, 'line')} in ${counted(files, 'file')}`;
  const but = torn.length === 0 ? '' : ', but for what was torn';
  if (holds) print(wrapped('', `The chain holds: ${what}, each of which follows from the one before${but}.`));
  else print(styled(wrapped('', `The chain does NOT hold: ${what}.`), 'red'));
  for (const { file, line, what: why } of breaks) print(wrapped('  ', `line ${line} of ${file}: ${why}`));
  for (const { file, line, noted } of torn)
    print(
      wrapped(
        'note: ',
        `line ${line} of ${file} was not written to its end${noted ? ', as the line after it says' : ''}`,
      ),
    );
  if (continues !== null) print(wrapped('note: ', 'older files were dropped, as the log was full'));
  print(wrapped('head    ', head.sha256));
  print(
    wrapped(
      '        ',
      `line ${head.line} of ${safeText(head.file)}, ${safeText(head.time ?? 'of unknown time', 30)}`,
    ),
  );
  tell(
    wrapped(
      '',
      'This does not show whether the last lines are gone, nor whether somebody who may write these files wrote all of them anew. To see that, keep the head elsewhere: it is the hash of its line, and the line after it has it as previous_sha256.',
    ),
  );
}
